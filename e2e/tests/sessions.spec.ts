// A session meets another one: a link opened where somebody is signed in already, a second tab, and an end without a password.

import type { Page } from "@playwright/test";
import { endSession } from "../fixtures/session.ts";
import { expect, test } from "../fixtures/test.ts";
import type { Api } from "../fixtures/api.ts";
import { ADMIN } from "../fixtures/server.ts";

const refused = /status of (401|403)/;

async function link(api: Api, role: "viewer" | "editor" = "viewer"): Promise<string> {
  return (await api.send<{ url: string }>("POST", "/portal-links", { role })).url;
}

/** Who is signed in, as the bar says. */
const name = (page: Page) => page.locator(".account");

test("a portal link opens where an operator is signed in, and where an earlier link was", async ({ api, page, webhook, webhooks }) => {
  await webhooks.open();
  await expect(name(page)).toHaveText(ADMIN.email);
  for (const url of [await link(api), await link(api)]) {
    // A page of its own, as a link in another program opens it.
    await page.goto("about:blank");
    await page.goto(url);
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await expect(name(page)).toHaveText("portal link");
    expect(new URL(page.url()).pathname).toBe("/webhooks");
  }
});

test.describe("a link that was used", () => {
  test.use({ expectedErrors: /status of 4\d\d/ });

  test("an operator is told so, and does not take their own portal for the link's", async ({ api, page, webhook, webhooks }) => {
    const url = await link(api);
    await page.goto(url);
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await page.goto("about:blank");
    await page.context().clearCookies();
    expect((await page.request.post("/api/v1/session", { data: ADMIN })).status()).toBe(201);
    await page.goto(url);
    await expect(page.getByText("used before")).toBeVisible();
    await expect(page).toHaveTitle("This link can't be opened · Hookwright");
  });
});

test.describe("without a session", () => {
  test.use({ expectedErrors: refused });

  test("who came by a link is not asked for a password", async ({ api, page, webhook, webhooks }) => {
    await page.goto(await link(api));
    await expect(webhooks.row(webhook.url)).toBeVisible();
    const dialog = await endSession(page, () => webhooks.row(webhook.url).getByRole("link").first().click());
    await expect(dialog).toContainText("Go back to where you opened the portal and open it again.");
    await expect(dialog.getByRole("textbox")).toHaveCount(0);
    await page.reload();
    await expect(page.getByRole("heading", { name: "Your session has ended", level: 1 })).toBeVisible();
    await expect(page.getByText("Go back to where you opened the portal and open it again.")).toBeVisible();
    await expect(page.getByLabel("Password")).toHaveCount(0);
  });

  test("a tab follows when another tab signs in as somebody else", async ({ api, page, webhook, webhooks, form }) => {
    const email = `second-${Date.now()}@example.com`;
    const password = "a password of somebody else";
    await api.send("POST", "/operators", { email, password, role: "viewer" });
    await webhooks.open();
    await expect(name(page)).toHaveText(ADMIN.email);
    const other = await page.context().newPage();
    await other.goto("/account");
    await other.getByRole("button", { name: "Sign out" }).click();
    await expect(other.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
    await other.getByLabel("E-mail address").fill(email);
    await other.getByLabel("Password").fill(password);
    await other.getByRole("button", { name: "Sign in" }).click();
    await expect(name(other)).toHaveText(email);
    await expect(name(page)).toHaveText(email);
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await expect(webhooks.new).toHaveCount(0);

    // The portal of somebody else takes the place of what is shown, too.
    await other.goto("about:blank");
    await other.goto(await link(api, "editor"));
    await expect(name(page)).toHaveText("portal link");
    await expect(webhooks.new).toBeVisible();

    // What was typed stays until somebody has looked at it.
    await webhooks.new.click();
    await form.url.fill("https://example.com/typed");
    await other.goto("/account");
    await other.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
    await expect(form.url).toHaveValue("https://example.com/typed");
  });
});
