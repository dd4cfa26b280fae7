import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cloudEvent } from "../fixtures/api.ts";
import { expect, test } from "../fixtures/test.ts";

const DATA_ONLY = "Only its data";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

test("a webhook can have the data alone, which is shown and sent by hand as it went out", async ({
  api,
  form,
  webhooks,
  events,
  event,
  receiver,
  page,
}) => {
  await form.openNew();
  await form.url.fill(receiver.url());
  await form.secret.fill(receiver.secret);
  await form.openAdvanced();
  await expect(form.dialog.getByRole("radio", { name: "The whole event" })).toBeChecked();
  await form.dialog.getByRole("radio", { name: DATA_ONLY }).check();
  await form.save();
  await expect(webhooks.row(receiver.url())).toContainText("Active");
  const [webhook] = await api.webhooks();
  expect(webhook).toMatchObject({ content_mode: "binary" });
  const id = webhook?.id ?? "";

  // Written as nobody would write it again.
  const published = JSON.stringify(cloudEvent("A.B", null)).replace('"data":null', '"data": {"it\'s": 1.50, "a":"é"} ');
  await api.sendText("/events", published, "POST", "application/cloudevents+json");
  await receiver.reached(1);
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });
  expect(receiver.last.body.toString("utf8")).toBe('{"it\'s": 1.50, "a":"é"}');
  expect(receiver.last.headers).toMatchObject({ "content-type": "application/json", "ce-type": "B" });

  await api.until(id, "delivered");
  await events.open(id);
  await events.openFirst();
  await expect(event.headers).toContainText("ce-specversion");
  await expect(event.headers).not.toContainText("••••");
  await page.getByRole("button", { name: "Raw" }).click();
  await expect(event.payload.locator("pre")).toHaveText('{"it\'s": 1.50, "a":"é"}');

  // The form shows what is set.
  await form.openEdit(id);
  await form.openAdvanced();
  await expect(form.dialog.getByRole("radio", { name: DATA_ONLY })).toBeChecked();
});

test("a command copied from an event sends the same bytes, also where they are no text", async ({ api, receiver, event, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, content_mode: "binary" });
  const picture = { ...cloudEvent("A.B", null), data: undefined, datacontenttype: "image/png", data_base64: "iVBORw0KAP8=" };
  await api.send("POST", "/events", picture, "application/cloudevents+json");
  await api.until(webhook.id, "delivered");
  const [delivery] = await api.deliveries(webhook.id);
  await event.open(delivery?.id ?? "");
  await expect(page.getByText("The body is not text. It is shown in base64.")).toBeVisible();
  await expect(event.payload).toHaveText("iVBORw0KAP8=");
  await expect(page.locator(".cardhead", { hasText: "image/png" })).toContainText("8 B");
  await page.getByRole("button", { name: "Copy as cURL" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  await promisify(execFile)("sh", ["-c", command]);
  const [sent, again] = receiver.received;
  expect(again?.body).toEqual(sent?.body);
  expect(again?.headers["content-type"]).toBe("image/png");
});
