// The viewer shows what went over the wire: nothing rounded, nothing sorted, nothing that runs.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

const SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
const RIGHT_TO_LEFT = "invoice-\u202efdp.exe";
const RED = "\u001b[31mred\u001b[0m";
/** Members that a parsed value would round, merge or sort. */
const DATA = [
  '"z": 9007199254740993',
  '"huge": 1e400',
  '"zero": -0',
  '"price": 1.10',
  '"long": 123456789012345678901234567890.123456789',
  '"twice": 1',
  '"twice": 2',
  `"markup": ${JSON.stringify(SCRIPT)}`,
  `"name": "${RIGHT_TO_LEFT}"`,
  `"ansi": ${JSON.stringify(RED)}`,
  '"escaped": "\\u0041\\/"',
  '"10": "a"',
  '"9": "b"',
];

/** The text as it stands, which `toHaveText` would tidy. */
const shown = (page: Page, region: string) => page.getByRole("region", { name: region }).locator("pre").textContent();

test("a payload is shown as it was published: numbers, keys, order and all", async ({ api, webhook, events, event, receiver, page }) => {
  const body = `{"specversion":"1.0","id":"${randomUUID()}","source":"TRANSACTION","type":"TRANSACTIONSTATUSUPDATED","data":{${DATA.join(" ,")}}}`;
  await api.sendText("/events", body);
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Delivered");
  await events.openFirst();
  await expect(event.payload).toContainText('"z": ');
  const members = await event.payload.locator("ul ul > li").allTextContents();
  // What would turn the text is shown, and turns nothing; an escape is read as its letter.
  const visible = DATA.map((member) => member.replace("\u202e", String.raw`\u202e`).replace(String.raw`\u0041\/`, "A/"));
  expect(members).toEqual(visible.map((member, index) => (index < DATA.length - 1 ? `${member},` : member)));
  // What is written from right to left turns nothing around but itself.
  await expect(event.payload.locator(".s").first()).toHaveCSS("unicode-bidi", "isolate");
  await page.getByRole("button", { name: "Raw" }).click();
  expect(await shown(page, "Payload as JSON")).toBe(receiver.last.body.toString());
  expect(receiver.last.body.toString()).toContain(`{${DATA.join(" ,")}}`);
  await expect(page).toHaveTitle("TRANSACTION.TRANSACTIONSTATUSUPDATED · Hookwright");
  expect(await page.locator("main img, main script").count()).toBe(0);
});

for (const [name, body] of [
  ["a comma too many", '{"a": 1,}'],
  ["a part that is missing", '{"a": {"b": [1, 2'],
  ["two texts", '{"a": 1} {"b": 2}'],
  ["markup", SCRIPT],
  ["colours of a terminal", `${RED}\n\tat line 3`],
  ["a text from right to left", RIGHT_TO_LEFT],
] as const) {
  test(`a response body with ${name} is shown as it came`, async ({ api, webhook, events, event, receiver, page }) => {
    receiver.answer({ status: 500, headers: { "content-type": "application/json" }, body });
    await api.publish();
    await events.open(webhook.id);
    await expect(events.rows.first()).toContainText("Failed");
    await events.openFirst();
    await event.showResponses();
    expect(await shown(page, "Response body")).toBe(body);
    await expect(page.getByRole("button", { name: "Raw" })).toHaveCount(0);
    await expect(page).toHaveTitle("TRANSACTION.TRANSACTIONSTATUSUPDATED · Hookwright");
  });
}

test("a response body that was cut says so, and shows what was kept", async ({ api, webhook, events, event, receiver, page }) => {
  const kept = 64 * 1024;
  const body = `["${"x".repeat(2 * kept)}", "the end"]`;
  receiver.answer({ status: 500, body });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Failed");
  await events.openFirst();
  await event.showResponses();
  expect(await shown(page, "Response body")).toBe(body.slice(0, kept));
  const head = page.locator(".cardhead", { hasText: "64.0 KiB" });
  await expect(head).toContainText("Only the first 64 KiB are kept.");
  receiver.answer({ status: 500, body, headers: { "content-length": String(body.length) } });
  await event.resend.click();
  await expect(head).toContainText("Only the first 64 KiB of 128.0 KiB are kept.");
});

test("levels are unfolded and folded, one by one and all at once", async ({ api, webhook, events, event, page }) => {
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { one: { two: { three: { four: "deep" } } } });
  await events.open(webhook.id);
  await events.openFirst();
  await expect(event.payload).toContainText('"two"');
  await expect(event.payload).not.toContainText("deep");
  await event.payload.locator("summary", { hasText: '"two"' }).click();
  await event.payload.locator("summary", { hasText: '"three"' }).click();
  await expect(event.payload).toContainText('"four": "deep"');
  await page.getByRole("button", { name: "Expand all" }).click();
  await expect(event.payload.getByText('"deep"')).toBeVisible();
  await page.getByRole("button", { name: "Collapse all" }).click();
  await expect(event.payload).not.toContainText("deep");
  await expect(event.payload.getByText('"data"')).toBeVisible();
});

test("a payload that escapes its letters is read with them, and kept and copied as it is", async ({ api, webhook, events, event, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const data = String.raw`{"na\u006de":"M\u00fcller \u0026 S\u00f6hne","smile":"\ud83d\ude00","turned":"\u202egpj","line":"a\u000ab\u0022"}`;
  const body = `{"specversion":"1.0","id":"${randomUUID()}","source":"TRANSACTION","type":"TRANSACTIONSTATUSUPDATED","data":${data}}`;
  await api.sendText("/events", body);
  await api.until(webhook.id, "delivered");
  await events.open(webhook.id);
  await events.openFirst();
  const members = event.payload.locator("ul ul > li");
  await expect(members).toHaveText(['"name": "Müller & Söhne",', '"smile": "😀",', String.raw`"turned": "\u202egpj",`, String.raw`"line": "a\u000ab\u0022"`]);
  const card = page.locator(".card", { has: event.payload });
  await card.getByRole("button", { name: /^Copy/ }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(data);
  await card.getByRole("button", { name: "Raw" }).click();
  await expect(event.payload).toContainText(data);
});
