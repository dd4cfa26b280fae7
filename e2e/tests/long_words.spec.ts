// Words and texts that are longer than their place, or turn what stands beside them.

import { drawn } from "../fixtures/drawn.ts";
import { excess } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/test.ts";

const WORD = `https://example.com/${"a".repeat(165)}`;

test("a long word in a webhook's description has its place", async ({ api, webhook, webhooks, page }) => {
  await api.changeWebhook(webhook.id, { description: `${WORD} and more` });
  const widths = [320, 360, 960, 1000, 1280];
  await webhooks.open();
  const description = webhooks.row(webhook.url).getByText("and more");
  await expect(description).toBeVisible();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    await drawn(page);
    expect.soft(await excess(page), `list, ${width} px`).toBe(0);
    const lines = await description.evaluate((text) => text.clientHeight / Number.parseFloat(getComputedStyle(text).lineHeight));
    expect.soft(Math.round(lines), `lines, ${width} px`).toBeLessThanOrEqual(2);
  }
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.locator("main p.words")).toContainText(WORD);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    await drawn(page);
    expect.soft(await excess(page), `overview, ${width} px`).toBe(0);
  }
});

test("much that a webhook has to tell of its last hours leaves its URL the room", async ({ webhook, webhooks, page }) => {
  await page.route("**/api/v1/webhooks?*", async (route) => {
    const { items, next_cursor } = await (await route.fetch()).json();
    const last_24h = { delivered: 0, failed: 27, retrying: 27, pending: 103, success_rate: 0 };
    await route.fulfill({ json: { items: items.map((item: object) => ({ ...item, last_24h })), next_cursor } });
  });
  for (const locale of ["en", "pt-BR"]) {
    await page.goto(`/webhooks?lang=${locale}`);
    const url = webhooks.rows.first().getByRole("cell").first();
    for (const width of [960, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await expect(url).toContainText(webhook.url.slice(-4));
      await drawn(page);
      expect.soft(await excess(page), `${locale}, ${width} px`).toBe(0);
      expect.soft((await url.boundingBox())?.width, `${locale}, ${width} px`).toBeGreaterThan(190);
    }
  }
});

test("a long URL takes two lines of a heading, until somebody wants to see all of it", async ({ api, receiver, page }) => {
  const url = receiver.url(`/${"a-long-path/".repeat(40)}`);
  const { id } = await api.createWebhook({ url, secret: receiver.secret });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`/webhooks/${id}`);
    const heading = page.getByRole("heading", { level: 1 });
    const lines = () => heading.evaluate((text) => Math.round(text.clientHeight / Number.parseFloat(getComputedStyle(text).lineHeight)));
    await expect.poll(lines).toBe(2);
    const all = page.getByRole("button", { name: "Show all" });
    await all.press("Enter");
    await expect.poll(lines).toBeGreaterThan(3);
    expect(await excess(page)).toBe(0);
    await page.getByRole("button", { name: "Show less" }).press("Enter");
    await expect.poll(lines).toBe(2);
    await expect(all).toBeFocused();
  }
});

test("the buttons of a dialog stay on the screen where text is twice as large", async ({ form, page }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [locale, cancel] of [["en", "Cancel"], ["pt-BR", "Cancelar"]] as const) {
    await page.goto(`/webhooks/new?lang=${locale}`);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    const box = await form.dialog.locator("footer").getByRole("button", { name: cancel }).boundingBox();
    expect.soft(box?.x, locale).toBeGreaterThanOrEqual(0);
    expect.soft((box?.x ?? 0) + (box?.width ?? 0), locale).toBeLessThanOrEqual(360);
  }
});

test("characters that turn the text are shown, and copied as they are", async ({ api, webhook, event, page }) => {
  const id = "evil\u202egnp.exe";
  const data = { "\u2066key": "a\u200bb", plain: "x" };
  await api.send("POST", "/events", { specversion: "1.0", id, source: "HERE", type: "TURNED", data }, "application/cloudevents+json");
  const delivery = (await api.deliveries(webhook.id))[0];
  await page.goto(`/events/${delivery?.id}`);
  await expect(page.locator("dd", { hasText: "gnp.exe" })).toContainText(String.raw`evil\u202egnp.exe`);
  await expect(event.payload).toContainText(String.raw`"\u2066key"`);
  await expect(event.payload).toContainText(String.raw`"a\u200bb"`);
  await page.getByRole("button", { name: "Raw" }).click();
  await expect(event.payload).toContainText("a\u200bb");
});

test("JSON of many values is indented, and its command is one that can run", async ({ api, webhook, event, page, receiver }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const values = Array.from({ length: 3_000 }, (_, number) => ({ number, text: "some text that takes its room, {not: a list}" }));
  await api.publish("MANY.VALUES", { values });
  await expect.poll(() => receiver.received.length).toBe(1);
  const delivery = (await api.deliveries(webhook.id))[0];
  await page.goto(`/events/${delivery?.id}`);
  await expect(event.payload).toContainText('\n    "values": [\n      {\n        "number": 0,\n');
  await expect(page.getByText("too large to fold")).toBeVisible();
  await page.getByRole("button", { name: "Raw" }).click();
  await expect(event.payload).not.toContainText('"values": [');
  const note = page.getByText("Download the payload first");
  await expect(note).toBeVisible();
  await page.getByRole("button", { name: "Copy as cURL" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toMatch(/ --data-binary '?@[\w-]+\.json'?$/);
  expect(command.length).toBeLessThan(10_000);
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect(command).toContain(`@${(await file).suggestedFilename()}`);
});

test("a test of a row is named after its webhook, and a binary answer has its own size", async ({ api, webhook, webhooks, page, receiver }) => {
  await webhooks.open();
  await expect(page.getByRole("button", { name: `Send test to ${webhook.url}` })).toBeVisible();
  receiver.answer({ body: Buffer.from([0, 255, 254, 253, 128]) });
  await api.publish();
  await expect.poll(async () => (await api.deliveries(webhook.id))[0]?.attempt_count).toBe(1);
  const delivery = (await api.deliveries(webhook.id))[0];
  await page.goto(`/events/${delivery?.id}/responses`);
  await expect(page.locator(".cardhead", { hasText: "Response" }).first()).toContainText("5 B");
});
