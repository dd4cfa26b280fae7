// The tools for whoever writes the receiver.

import { createHmac } from "node:crypto";
import type { Locator } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

test("the signature lab says which mistake it is", async ({ page }) => {
  const secret = "dummysecret";
  const body = '{"b":1,"a":[1.50,"x"]}';
  const sign = (text: string) => createHmac("sha256", secret).update(text);
  const requests: string[] = [];
  await page.goto("/tools");
  const lab = page.getByRole("region", { name: "Signature lab" });
  await expect(lab).toBeVisible();
  page.on("request", (request) => requests.push(request.postData() ?? ""));
  const check = async (given: string, signature: string, says: string) => {
    await lab.getByLabel("Body").fill(given);
    await lab.getByLabel("Secret").fill(secret);
    await lab.getByLabel("Signature", { exact: true }).fill(signature);
    await lab.getByRole("button", { name: "Check" }).click();
    await expect(lab.getByRole("status")).toContainText(says);
  };
  await check(body, sign(body).digest("hex"), "The signature is right.");
  await check(`${body}\n`, sign(body).digest("hex"), "a line break at its end");
  await check(JSON.stringify(JSON.parse(body), null, 2).replace("1.5", "1.50"), sign(body).digest("hex"), "parsed and written again");
  await check(body, sign(body).digest("base64"), "in base64 instead of hexadecimal");
  await check(body, createHmac("sha256", "another").update(body).digest("hex"), "either the secret or the body is a different one");
  await check(body, "application/json", "does not look like a signature");
  // The secret stays in the browser.
  expect(requests.filter((sent) => sent.includes(secret))).toEqual([]);
});

test("the signature lab takes its verdict back when something is typed", async ({ page }) => {
  await page.goto("/tools");
  const lab = page.getByRole("region", { name: "Signature lab" });
  await lab.getByLabel("Secret").fill("dummysecret");
  await lab.getByRole("button", { name: "Check" }).click();
  await expect(lab.getByRole("status")).toContainText("The signature of this body");
  await lab.getByLabel("Secret").fill("othersecret");
  await expect(lab.getByRole("status")).toBeEmpty();
});

test("the check-up passes for a receiver that verifies, and tells which check fails", async ({ webhook, receiver, page }) => {
  receiver.verifies = true;
  await page.clock.install();
  await page.goto("/tools");
  const checkup = page.getByRole("region", { name: "Receiver check-up" });
  const says = (words: string) =>
    expect(async () => {
      await page.clock.runFor(400);
      await expect(checkup.locator("span[role=status]")).toHaveText(words, { timeout: 100 });
    }).toPass({ timeout: 30_000 });
  await expect(checkup.getByRole("combobox")).toHaveValue(webhook.id);
  await checkup.getByRole("button", { name: "Run the check-up" }).click();
  await says("6 of 6 passed.");
  receiver.verifies = false;
  await checkup.getByRole("button", { name: "Run the check-up" }).click();
  await says("5 of 6 passed.");
  await expect(checkup.getByRole("listitem").filter({ hasText: "An invalid signature" })).toContainText("Fail");
});

test("a webhook that is not among the first hundred is found by its URL", async ({ api, webhook, receiver, page }) => {
  const checkup = page.getByRole("region", { name: "Receiver check-up" });
  const search = (place: Locator) => place.getByRole("searchbox", { name: "Filter by URL" });
  await page.goto("/tools");
  await expect(checkup.getByRole("combobox")).toHaveValue(webhook.id);
  await expect(search(checkup)).toHaveCount(0);
  for (let some = 0; some < 10; some += 1) {
    const urls = Array.from({ length: 10 }, (_, number) => receiver.url(`/other-${some}${number}`));
    await Promise.all(urls.map((url) => api.createWebhook({ url, secret: receiver.secret })));
  }

  await page.reload();
  const dialog = page.getByRole("dialog");
  const choose = async (place: Locator) => {
    const choice = place.getByRole("combobox");
    await expect(choice.getByRole("option")).toHaveCount(100);
    await expect(choice).not.toHaveValue(webhook.id);
    await search(place).fill("nobody has this");
    await expect(place.getByText("No webhooks match this filter")).toBeVisible();
    await expect(place.getByRole("button", { name: /^(Run|Send test)/ })).toHaveCount(0);
    await search(place).fill("/hooks");
    await expect(choice).toHaveValue(webhook.id);
    await expect(search(place)).toBeFocused();
  };
  await choose(checkup);
  await page.goto("/event-types");
  await page.getByText("PROFILEUPDATEDEVENT", { exact: true }).click();
  await page.getByRole("button", { name: "Send test" }).click();
  await choose(dialog);
  await dialog.getByRole("button", { name: "Send test" }).click();
  await expect(dialog.getByRole("link")).toBeVisible();
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hooks"]);
});

test("code that verifies is there for seven languages", async ({ page }) => {
  await page.goto("/tools");
  const snippets = page.getByRole("region", { name: "Verify in your language" });
  for (const language of ["Rust", "Node", "Python", "Java", "Go", "PHP", "C#"]) {
    await snippets.getByText(language, { exact: true }).click();
    await expect(snippets.locator("pre")).toContainText("X-Webhook-Signature");
  }
});

test("code and lab name the header that the server was told to use", async ({ page }) => {
  await page.route("**/api/v1/session", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), signature_header: "X-Caf-Signature", signature_prefix: "sha256=" } });
  });
  await page.goto("/tools");
  const snippets = page.getByRole("region", { name: "Verify in your language" });
  await expect(snippets.locator("pre")).toContainText("X-Caf-Signature");
  await snippets.getByText("Python", { exact: true }).click();
  await expect(snippets.locator("pre")).toContainText('expected = "sha256=" + hmac.new(');
  await expect(page.getByLabel("Signature", { exact: true })).toHaveAccessibleDescription(/^The value of X-Caf-Signature /);
  await expect(page.locator("main")).not.toContainText("X-Webhook-Signature");
});
