// The portal as a part of a platform's own product: its name, its picture, and the way back.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Api } from "../fixtures/api.ts";
import { Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

const NAME = "ACME webhooks & events";
const BACK = "https://app.example.com/settings/webhooks?tab=1";
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="teal"/></svg>';

test.use({ expectedErrors: /status of 401/, signedIn: false });

test("a customer sees the platform's name and picture, comes to the page of the link, and finds the way back", async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), "hookwright-logo-"));
  await writeFile(join(folder, "logo.svg"), PICTURE);
  const server = await Server.start("--portal-name", NAME, "--portal-logo", join(folder, "logo.svg"), "--portal-return-url", BACK);
  try {
    const api = new Api(server.url, server.key);
    const webhook = await api.createWebhook({ url: "http://127.0.0.1:9999/hook", secret: "dummysecret" });
    const link = await api.send<{ url: string }>("POST", "/portal-links", { role: "viewer", page: `/webhooks/${webhook.id}/settings?from=mail` });
    await page.goto(link.url);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("127.0.0.1:9999/hook");
    expect(page.url()).toBe(`${server.url}/webhooks/${webhook.id}/settings?from=mail`);
    const brand = page.locator(".brand");
    await expect(brand).toHaveText(NAME);
    await expect(page).toHaveTitle(new RegExp(` · ${NAME}$`));
    const picture = brand.locator("img");
    await expect(picture).toHaveAttribute("src", "/logo.svg");
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    expect(await page.content()).not.toContain("Hookwright");
    const back = page.getByRole("link", { name: "Go to app.example.com" });
    await page.locator(".account").click();
    await expect(back).toHaveAttribute("href", BACK);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Your session has ended" })).toBeVisible();
    await expect(back).toHaveAttribute("href", BACK);
    await expect(back).toHaveAttribute("target", "_top");
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});

test.describe("a link whose page is none", () => {
  for (const path of ["//example.com/x", "/access/operators", ""]) {
    test(`leads to the webhooks: ${path || "nothing"}`, async ({ page, api, webhook, webhooks, baseURL }) => {
      const { url } = await api.send<{ url: string }>("POST", "/portal-links", { role: "viewer" });
      await page.goto(url + path);
      await expect(webhooks.row(webhook.url)).toBeVisible();
      expect(page.url()).toBe(`${baseURL}/webhooks`);
    });
  }
});
