// Conditions for the content of events, written one a line.

import { expect, test } from "../fixtures/test.ts";

test("conditions are written one a line, checked where they stand, and hold from then on", async ({ api, webhook, webhooks, form, receiver, page }) => {
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  const conditions = form.field("Conditions for events");
  await conditions.fill('/data/status = APPROVED, "on hold, again"\ndata.channel != sms');
  await form.submit.click();
  await expect(form.dialog.getByText("Line 2: A path is a JSON Pointer", { exact: false })).toBeVisible();
  await expect(conditions).toBeFocused();
  await conditions.fill('/data/status = APPROVED, "on hold, again"\n/data/channel != sms\n/data/amount >= 100');
  await form.save();
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toContainText("3 conditions");

  await api.publish(undefined, { status: "APPROVED", channel: "sms", amount: 100 });
  await api.publish(undefined, { status: "APPROVED", amount: 99.9 });
  await api.publish(undefined, { status: "PENDING" });
  expect(await api.publish(undefined, { status: "on hold, again", channel: "email", amount: 100 })).toBe(1);
  await expect.poll(() => receiver.received.length).toBe(1);
  expect(JSON.parse(receiver.last.body.toString()).data.status).toBe("on hold, again");

  await page.goto("/events/unwanted");
  await page.getByRole("row").nth(1).getByRole("link").click();
  await expect(page.getByText("this event does not meet the webhook's conditions")).toBeVisible();

  // What was written is shown as it was, and can be taken away.
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await expect(conditions).toHaveValue('/data/status = APPROVED, "on hold, again"\n/data/channel != sms\n/data/amount >= 100\n');
  await conditions.fill("");
  await form.save();
  expect(await api.publish(undefined, { status: "PENDING" })).toBe(1);
});

test("each line that is no condition is pointed out, with its number and what it lacks", async ({ webhook, form }) => {
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  const conditions = form.field("Conditions for events");
  await conditions.fill("/data/status ~ APPROVED\n\n/data/channel !=\n/data/amount >= 5\ndata = 1\n/data/amount >= much");
  await form.submit.click();
  await expect(form.dialog.locator("#conditions-error")).toHaveText(
    [
      "Line 1: “~” is not an operator: use =, !=, >= or <=.",
      "Line 3: Write a value after the operator.",
      "Line 5: A path is a JSON Pointer of at most 256 bytes, for example /data/status.",
      "Line 6: With at_least (>=) or at_most (<=), give exactly one value, a number such as 1000 or 0.5.",
    ].join(" "),
  );
  await expect(form.alert).toHaveText("One field needs your attention.");
  // What is mended is no longer pointed out.
  await conditions.fill("/data/status = APPROVED\n\n/data/channel !=");
  await expect(form.dialog.locator("#conditions-error")).toHaveText("Line 3: Write a value after the operator.");
});
