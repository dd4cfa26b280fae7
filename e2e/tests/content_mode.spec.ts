import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cloudEvent } from "../fixtures/api.ts";
import { expect, test } from "../fixtures/test.ts";

const DATA_ONLY = "Only its data";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

test("a webhook can have the data alone, which is shown as it went out", async ({
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

for (const { name, event: fields, type } of [
  { name: "a picture", event: { datacontenttype: "image/png", data_base64: "iVBORw0KAP8=" }, type: "image/png" },
  // What begins with an @ is the name of a file to curl.
  { name: "a text", event: { datacontenttype: "text/plain", data: "@it's $(date)\n\u00e9" }, type: "text/plain" },
  { name: "JSON", event: { data: { "it's": "é" }, ext: "" }, type: "application/json" },
  { name: "bytes of no type", event: { data_base64: "AP8=" }, type: undefined },
]) {
  test(`a command copied from an event sends the same bytes: ${name}`, async ({ api, receiver, event, page }) => {
    const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, content_mode: "binary" });
    const published = { ...cloudEvent("A.B", undefined), ...fields };
    await api.send("POST", "/events", published, "application/cloudevents+json");
    await api.until(webhook.id, "delivered");
    const [delivery] = await api.deliveries(webhook.id);
    await event.open(delivery?.id ?? "");
    if ("data_base64" in fields) {
      await expect(page.getByText("The body is not text. It is shown in base64.")).toBeVisible();
      await expect(event.payload).toHaveText(fields.data_base64 ?? "");
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download" }).click();
      expect((await download).suggestedFilename()).toMatch(/\.b64$/);
    }
    await page.getByRole("button", { name: "Copy as cURL" }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    await promisify(execFile)("sh", ["-c", command]);
    const [sent, again] = receiver.received;
    expect(again?.body).toEqual(sent?.body);
    expect([sent, again].map((request) => request?.headers["content-type"])).toEqual([type, type]);
    expect(again?.headers["ce-ext"]).toBe(sent?.headers["ce-ext"]);
  });
}
