import { ADMIN } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

test("an event goes to a webhook that was made in the portal, and shows as delivered", async ({
  api,
  webhooks,
  form,
  events,
  event,
  receiver,
  page,
}) => {
  await webhooks.open();
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await webhooks.new.click();
  await form.url.fill(receiver.url());
  await form.dialog.getByRole("button", { name: "Generate" }).click();
  await expect(form.secret).toHaveValue(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const secret = await form.secret.inputValue();
  await form.save();
  await expect(webhooks.row(receiver.url())).toContainText("Active");

  expect(await api.publish("COMMUNICATION.COMMUNICATIONCREATEDEVENT", { channel: "sms" })).toBe(1);
  await webhooks.viewEvents(receiver.url()).click();
  await expect(events.rows).toHaveCount(1);
  await expect(events.rows.first()).toContainText("Delivered");
  await expect(events.rows.first()).toContainText("COMMUNICATION.COMMUNICATIONCREATEDEVENT");
  await expect(events.rows.first()).toContainText("200");

  await events.openFirst();
  await expect(event.heading).toHaveText("COMMUNICATION.COMMUNICATIONCREATEDEVENT");
  await expect(event.status).toHaveText("Delivered");
  await expect(event.payload).toContainText('"channel": "sms"');
  const { body, headers } = receiver.last;
  await expect(event.headers).toContainText(headers["x-webhook-signature"] ?? "missing");
  await expect(event.headers).toContainText(headers["webhook-id"] ?? "missing");
  await expect(event.headers).not.toContainText("••••");
  await page.getByRole("button", { name: "Raw" }).click();
  await expect(event.payload.locator("pre")).toHaveText(body.toString("utf8"));
  await event.showResponses();
  await expect(event.attempts).toHaveCount(1);
  await expect(event.attempts.first()).toContainText("200 OK");

  // The verifier was asked with the wrong secret; with the right one, both signatures hold.
  receiver.secret = secret;
  expect(await api.publish()).toBe(1);
  await receiver.reached(2);
  expect(receiver.last).toMatchObject({ method: "POST", path: "/hooks", standard: true });
});

test("a delivered event cannot be resent", async ({ api, webhook, events, event, receiver, page }) => {
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Delivered");
  await events.openFirst();
  await expect(event.status).toHaveText("Delivered");
  await expect(event.resend).toHaveCount(0);
  // What speaks for it where somebody says that nothing came, on both tabs.
  const proof = /^Your server accepted the event with 200 on \d.* at \d\d:\d\d:\d\d \(.*s\)\. A delivered event is not sent again\.$/;
  await expect(page.locator("main .note.ok")).toHaveText(proof);
  await event.showResponses();
  await expect(page.locator("main .note.ok")).toHaveText(proof);
  expect(receiver.received).toHaveLength(1);
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });
});

test("a hint that is about the payload URL leads to it, for whoever may change it", async ({ api, webhook, events, event, receiver }) => {
  receiver.next({ status: 404 }, { status: 500 });
  await api.publish();
  await api.until(webhook.id, "failed");
  await events.open(webhook.id);
  await events.openFirst();
  const way = event.hint.getByRole("link", { name: "Change the payload URL" });
  await expect(way).toHaveAttribute("href", `/webhooks/${webhook.id}/settings`);
  await api.publish();
  await api.until(webhook.id, "failed", 2);
  await events.open(webhook.id);
  await events.openFirst();
  await expect(event.hint).toContainText("(500)");
  await expect(way).toHaveCount(0);
});

test("a failed event says why, and is delivered by Resend once the receiver is mended", async ({
  api,
  webhook,
  events,
  event,
  receiver,
  page,
}) => {
  receiver.answer({ status: 500, headers: { "content-type": "application/json" }, body: '{"error":"database is locked"}' });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Failed");
  await expect(events.rows.first()).toContainText("500");
  await events.openFirst();
  await expect(event.status).toHaveText("Failed");
  await expect(event.hint).toContainText("Your server failed while handling the event (500).");
  await expect(event.hint).toContainText("Check its logs");
  await expect(event.hint).toContainText("No attempts left. Fix the cause and resend.");
  const atWebhooks = page.getByText(/^This event at each webhook/);
  await expect(atWebhooks).toHaveText("This event at each webhook 1 failed");
  await event.showResponses();
  await expect(page.getByRole("region", { name: "Response body" })).toContainText('"database is locked"');
  await expect(page.getByRole("region", { name: "Response headers" })).toContainText("application/json");

  receiver.answer({ status: 204 });
  await event.resend.click();
  await expect(event.status).toHaveText("Delivered");
  await expect(event.hint).toHaveCount(0);
  await expect(event.resend).toHaveCount(0);
  await expect(event.heading).toBeFocused();
  await expect(event.attempts).toHaveCount(2);
  await expect(event.attempts.first()).toContainText("204 No Content");
  await expect(event.attempts.first()).toContainText(`Attempt 2 · sent by ${ADMIN.email}`);
  await expect(event.attempts.last()).toContainText("500 Internal Server Error");
  await expect(atWebhooks).toHaveText("This event at each webhook 1 delivered");

  const [first, second] = receiver.received;
  expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.headers["x-webhook-signature"]).toBe(first?.headers["x-webhook-signature"]);
  expect(receiver.received.every((request) => request.standard && request.hexadecimal)).toBe(true);
});

test("an event that waits for its retry can be sent now", async ({ api, receiver, events, event, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, retry_schedule: [3600] });
  receiver.next({ status: 503 });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Retrying");
  await expect(events.rows.first()).toContainText("Next in 1 h");
  await events.openFirst();
  await expect(event.hint).toContainText("Your server was unavailable (503).");
  await expect(event.hint).toContainText(/Retry 1 of 1 in/);
  await expect(event.resend).toHaveText("Send now");
  await event.showResponses();
  await expect(page.getByRole("navigation", { name: "Attempts" })).toContainText(/^Next attempt in/);
  await event.resend.click();
  await expect(event.status).toHaveText("Delivered");
  expect(receiver.received).toHaveLength(2);
});

for (const { name, answer, fact, outcome } of [
  { name: "404", answer: { status: 404 }, fact: "Your server has nothing at this path (404).", outcome: "404 Not Found" },
  { name: "a closed connection", answer: { reset: true }, fact: "Your server closed the connection before responding.", outcome: "Connection closed" },
  { name: "silence", answer: { silent: true }, fact: "No response within 1 s.", outcome: "Response timed out" },
  { name: "413", answer: { status: 413 }, fact: /Let it take request bodies of at least \d+ B\./, outcome: "413" },
  { name: "429", answer: { status: 429 }, fact: "It did not say for how long (Retry-After)", outcome: "429" },
  { name: "429 with a wait", answer: { status: 429, headers: { "retry-after": "90" } }, fact: /Retry-After header says\. It asks for 90\ss\./, outcome: "429" },
  { name: "a redirect", answer: { status: 302, headers: { location: "/elsewhere" } }, fact: "Set the payload URL to the final address. It redirects to /elsewhere.", outcome: "302 Found" },
]) {
  test(`${name} is explained`, async ({ api, receiver, events, event }) => {
    const timeout_ms = name === "silence" ? 1_000 : 30_000;
    const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, timeout_ms, retry_schedule: [] });
    receiver.answer(answer);
    await api.publish();
    await events.open(webhook.id);
    await expect(events.rows.first()).toContainText("Failed");
    await events.openFirst();
    await expect(event.hint).toContainText(fact);
    await event.showResponses();
    await expect(event.attempts.first()).toContainText(outcome);
  });
}

test("where nothing listens, the port is named, and what the system said", async ({ api, webhook, receiver, event }) => {
  await receiver.stop();
  await api.publish();
  await api.until(webhook.id, "failed");
  await event.open((await api.deliveries(webhook.id))[0]?.id ?? "");
  const { host } = new URL(webhook.url);
  await expect(event.hint).toContainText(`${host} refused the connection.`);
  await expect(event.hint.locator(".mono")).toContainText("refused");
  await event.showResponses();
  await expect(event.attempts).toHaveCount(1);
  await expect(event.hint.locator(".mono")).toHaveCount(1);
});

test("who answers 401 is pointed at the signature, and at credentials only where some were sent", async ({ api, receiver, event }) => {
  receiver.answer({ status: 401 });
  const authentication = { type: "basic", username: "hookwright", password: "correct horse battery staple" };
  for (const [path, fields] of [["/plain", {}], ["/basic", { authentication }]] as const) {
    const webhook = await api.createWebhook({ url: receiver.url(path), secret: receiver.secret, ...fields });
    await api.publish();
    await api.until(webhook.id, "failed");
    await event.open((await api.deliveries(webhook.id))[0]?.id ?? "");
    await expect(event.hint).toContainText("the signature does not match");
    await expect(event.hint.getByRole("link", { name: "Check the signature" })).toHaveAttribute("href", "/tools");
    await expect(event.hint.getByText("carried credentials")).toHaveCount(path === "/basic" ? 1 : 0);
  }
});

test("an event shows the id that its publisher was told, beside that of the delivery", async ({ api, webhook, event, page }) => {
  const ceId = `ce-${Date.now()}`;
  const sent = { specversion: "1.0", id: ceId, source: "A", type: "B", data: {} };
  const { id } = await api.send<{ id: string }>("POST", "/events", sent, "application/cloudevents+json");
  await api.until(webhook.id, "delivered");
  const delivery = (await api.deliveries(webhook.id))[0]?.id ?? "";
  await event.open(delivery);
  const fact = (name: string) => page.locator("dl.kv dt", { hasText: name }).locator("+ dd");
  await expect(fact("Event ID")).toContainText(delivery);
  await expect(fact("Published as")).toContainText(id);
  await expect(fact("ID at the publisher")).toContainText(ceId);
  await expect(page.locator("dl.kv").getByRole("button", { name: /^Copy/ })).toHaveCount(3);
});

test("a delivery of a deleted webhook names the webhook", async ({ api, webhook, event, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  const delivery = (await api.deliveries(webhook.id))[0]?.id ?? "";
  await api.send("DELETE", `/webhooks/${webhook.id}`);
  const name = `${webhook.url.replace("http://", "")} (deleted)`;
  await event.open(delivery);
  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  await expect(crumbs).toContainText(name);
  await expect(crumbs.getByRole("link")).toHaveText(["Webhooks"]);
  await page.goto(`/events?q=${delivery}`);
  await expect(page.getByRole("row").filter({ hasText: delivery })).toContainText(name);
});

test("where the secret has changed since, Resend asks which headers to send", async ({ api, webhook, events, event, receiver }) => {
  const resend = async (choice: RegExp) => {
    await event.resend.click();
    await event.dialog.getByRole("radio", { name: choice }).check();
    await event.dialog.getByRole("button", { name: "Resend", exact: true }).click();
    await expect(event.dialog).toHaveCount(0);
  };
  receiver.answer({ status: 401 });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Failed");
  receiver.secret = "another-secret-of-the-browser-tests";
  await api.changeWebhook(webhook.id, { secret: receiver.secret });
  await events.openFirst();
  await expect(event.hint).toContainText("Your server refused the request (401).");
  await expect(event.resend).toBeVisible();

  await resend(/^The same as before/);
  await receiver.reached(2);
  const [first, second] = receiver.received;
  expect(second?.headers["x-webhook-signature"]).toBe(first?.headers["x-webhook-signature"]);
  expect(second?.hexadecimal).toBe(false);
  await expect(event.status).toHaveText("Failed after 2 attempts");

  await resend(/^As the webhook is set now/);
  await receiver.reached(3);
  expect(receiver.last).toMatchObject({ hexadecimal: true, standard: true });
  expect(receiver.last.body.equals(first?.body ?? Buffer.of())).toBe(true);
});

test("an earlier attempt has an address of its own", async ({ api, webhook, events, event, receiver, page }) => {
  receiver.next({ status: 500, body: "first" }, { status: 502, body: "second" });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Failed");
  await events.openFirst();
  await event.showResponses();
  await event.resend.click();
  await expect(event.attempts).toHaveCount(2);
  const body = page.getByRole("region", { name: "Response body" });
  await expect(body).toHaveText("second");
  await event.attempts.last().click();
  await expect(body).toHaveText("first");
  await expect(page).toHaveURL(/\/responses\?attempt=1$/);
  await page.reload();
  await expect(body).toHaveText("first");
  await expect(event.attempts.last()).toHaveAttribute("aria-current", "true");
  // By keyboard too; there is none beyond the last.
  for (const [key, shown] of [["]", "second"], ["]", "second"], ["[", "first"], ["[", "first"]] as const) {
    await page.keyboard.press(key);
    await expect(body).toHaveText(shown);
  }
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 800 }, hasTouch: true });

  test("an attempt stands for itself, with a way on and back", async ({ api, webhook, event, receiver, page }) => {
    receiver.next({ status: 500, body: "first" }, { status: 502, body: "second" });
    await api.publish();
    await api.until(webhook.id, "failed");
    const [delivery] = await api.deliveries(webhook.id);
    await event.open(delivery?.id ?? "", "/responses");
    await event.resend.click();
    await expect(event.attempts).toHaveCount(2);
    await event.attempts.last().click();
    const body = page.getByRole("region", { name: "Response body" });
    await expect(body).toHaveText("first");
    await expect(body).toBeInViewport();
    await expect(page.getByText(/^Attempt 1 · scheduled · \d\d:\d\d:\d\d$/)).toBeVisible();
    await expect(page.getByText(/Check its logs around \d\d:\d\d:\d\d\./)).toBeVisible();
    await expect(page.getByRole("link", { name: "All attempts" })).toBeFocused();
    await expect(event.attempts).toHaveCount(0);
    await page.getByRole("link", { name: "Attempt 2" }).click();
    await expect(body).toHaveText("second");
    await page.getByRole("link", { name: "All attempts" }).click();
    await expect(event.attempts).toHaveCount(2);
    await expect(page).toHaveURL(/\/responses$/);
  });
});

test("what became of an event at each webhook is told in a line, and what failed stands first", async ({ api, webhook, receiver, page }) => {
  const { secret } = receiver;
  for (let number = 0; number < 21; number += 1) {
    await api.createWebhook({ url: receiver.url(`/off/${number}`), secret, status: "inactive" });
  }
  const other = await api.createWebhook({ url: receiver.url("/fails"), secret });
  receiver.answer({ status: 200 });
  await api.publish();
  await api.until(other.id, "delivered");
  await api.until(webhook.id, "delivered");
  const id = (await api.deliveries(webhook.id))[0]?.id;
  await page.goto(`/events/${id}`);
  const card = page.locator(".at-webhooks");
  await expect(card.locator("summary")).toContainText("2 delivered, 21 not sent");
  receiver.answer({ status: 500 });
  await api.publish();
  await api.until(other.id, "failed");
  await api.until(webhook.id, "failed");
  await page.goto(`/events/${(await api.deliveries(webhook.id))[0]?.id}`);
  await expect(card.locator("summary")).toContainText("2 failed, 21 not sent");
  await card.locator("summary").click();
  const rows = card.getByRole("listitem");
  await expect(rows).toHaveCount(20);
  await expect(rows.nth(0)).toContainText("Failed");
  await expect(rows.nth(1)).toContainText("Failed");
  await card.getByRole("button", { name: "Show all 23" }).click();
  await expect(rows).toHaveCount(23);
});
