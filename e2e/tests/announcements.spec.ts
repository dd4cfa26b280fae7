// What a screen reader hears when a list is narrowed.

import { hold } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

for (const [name, path, text] of [
  ["webhooks list", "/webhooks", "1 result"],
  ["audit log", "/access/audit-log?q=nobody", /^\d+ results/],
  ["catalogue", "/event-types", /^\d+ results$/],
  ["events list", "/events", /^\d+ results?/],
] as const) {
  test(`the ${name} says how much is left, and that nothing is`, async ({ deliver, webhook: _, page }) => {
    await deliver();
    await page.goto(path);
    const search = page.getByRole("search").getByRole("searchbox");
    const said = page.locator("main > p[role=status].vh");
    await expect(page.locator("main .card, main .types").first()).toBeVisible();
    await expect(said.filter({ hasText: /result|Nothing/ })).toHaveCount(0);
    await search.fill("nothing has this in it");
    await expect(said.filter({ hasText: "Nothing found" })).toHaveCount(1);
    await search.fill("");
    await expect(said.filter({ hasText: text })).toHaveCount(1);
  });
}

test("a list that takes long to be narrowed says so, and is busy", async ({ deliver, webhook, page }) => {
  await deliver();
  await page.goto(`/webhooks/${webhook.id}/events`);
  const table = page.locator("main .card", { has: page.getByRole("table") });
  await expect(table).not.toHaveAttribute("aria-busy");
  const go = await hold(page, "**/api/v1/webhooks/*/deliveries?*");
  await page.getByRole("radiogroup", { name: "Status" }).getByText("Delivered", { exact: true }).click();
  await expect(table).toHaveAttribute("aria-busy", "true");
  await expect(page.getByRole("status").filter({ hasText: "Updating…" })).toHaveCount(1);
  await expect(page.locator("main .updating.old")).toBeVisible();
  go();
  await expect(page.getByRole("status").filter({ hasText: "1 result" })).toHaveCount(1);
  await expect(table).not.toHaveAttribute("aria-busy");
});

test("a choice is called by its name, and described by what it means", async ({ form, page }) => {
  await form.openNew();
  const everything = form.dialog.getByRole("radio", { name: "Send me everything", exact: true });
  await expect(everything).toHaveAccessibleDescription("Includes event types added later.");
  await expect(form.dialog.getByRole("switch", { name: "Active", exact: true })).toHaveAccessibleDescription(/^An inactive webhook/);
  await form.only("TRANSACTION.TRANSACTIONSTATUSUPDATED");
  const type = form.dialog.getByRole("checkbox", { name: "TRANSACTION.TRANSACTIONSTATUSUPDATED", exact: true });
  await expect(type).toBeChecked();
  await form.url.fill("https://example.com");
  await page.keyboard.press("Escape");
  const question = page.getByRole("dialog", { name: "Discard your changes?" });
  await expect(question.getByRole("button", { name: "Keep editing" })).toBeFocused();
  await expect(question.getByRole("banner").or(question.getByRole("contentinfo"))).toHaveCount(0);
});

test("the steps that lead to a page are read without what stands between them", async ({ webhook, page }) => {
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.getByRole("navigation", { name: "Breadcrumb" })).toMatchAriaSnapshot(`
    - navigation:
      - list:
        - listitem:
          - link "Webhooks"
        - listitem: /^127/
  `);
});

test("a notice is read by itself, and those before it are not read again", async ({ api, receiver, webhooks, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret });
  receiver.answer({ status: 500 });
  await webhooks.open();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Send test" }).click();
  const failed = page.locator(".toasts").getByRole("alert");
  await expect(failed.locator(".note")).toHaveCount(1);
  const before = await failed.locator(".note").elementHandle();
  await page.evaluate(() => Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error("no clipboard")) }));
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Copy URL" }).click();
  await expect(failed.locator(".note")).toHaveCount(2);
  expect(await before?.evaluate((note) => note.isConnected)).toBe(true);
  for (const role of ["status", "alert"] as const) {
    await expect(page.locator(".toasts").getByRole(role)).toHaveAttribute("aria-atomic", "false");
  }
});
