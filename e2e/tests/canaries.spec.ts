// No secret that was typed comes back: not on a page, not in what the browser keeps, not in what it receives.

import type { Page } from "@playwright/test";
import { drawn } from "../fixtures/drawn.ts";
import { ADMIN } from "../fixtures/server.ts";
import { endSession } from "../fixtures/session.ts";
import { expect, test } from "../fixtures/test.ts";

const SECRETS = {
  secret: "canary-the-secret-of-a-webhook",
  changed: "canary-the-secret-after-a-change",
  rotated: "canary-the-secret-after-a-rotation",
  forgotten: "canary-typed-as-the-session-ended",
  password: "canary-password-for-basic",
  value: "canary-value-of-a-header",
  header: "canary-value-of-a-custom-header",
  operator: "canary-password-of-an-operator",
  another: "canary-another-password-of-theirs",
  wrong: "canary-a-wrong-password",
};
/** How the password goes over the wire. */
const ENCODED = Buffer.from(`caf:${SECRETS.password}`).toString("base64");

/** Everything that the page has, shows or keeps. */
async function held(page: Page): Promise<string> {
  return page.evaluate(() => {
    const values = [...document.querySelectorAll("input, textarea, select")].map((field) => (field as HTMLInputElement).value);
    const kept = [localStorage, sessionStorage].map((storage) => JSON.stringify({ ...storage }));
    const state = JSON.stringify(history.state);
    return [document.documentElement.outerHTML, ...values, ...kept, document.cookie, state, document.title, location.href].join("\n");
  });
}

/** What came to the page, and what it asked for: answers, addresses, the console. */
function listen(page: Page): () => Promise<string> {
  const heard: (string | Promise<string>)[] = [];
  page.on("response", (response) => {
    heard.push(response.url(), response.allHeaders().then((headers) => JSON.stringify(headers), () => ""));
    // A stream ends with the page, and a redirect has no body.
    const isStream = response.headers()["content-type"] === "text/event-stream";
    if (!isStream) heard.push(response.text().catch(() => ""));
  });
  page.on("console", (message) => heard.push(message.text()));
  return async () => (await Promise.all(heard)).join("\n");
}

function expectNone(canaries: Iterable<string>, text: string, where: string): void {
  for (const canary of canaries) {
    const at = text.indexOf(canary);
    expect(at < 0 ? "" : text.slice(Math.max(0, at - 80), at + canary.length + 20), `${canary}, ${where}`).toBe("");
  }
}

test.use({ expectedErrors: /status of (401|422)/ });

test("no secret that was typed is on any page, in the browser's storage or in an answer", async ({ page, api, form, receiver, server }) => {
  test.setTimeout(120_000);
  const heard = listen(page);
  const canaries = new Set([...Object.values(SECRETS), ENCODED, server.key.split("_").at(-1) ?? ""]);
  receiver.answer({ status: 500, body: "no" });

  await form.openNew();
  await form.url.fill(receiver.url());
  await form.secret.fill(SECRETS.secret);
  await form.authenticate("Basic");
  await form.field("Username").fill("caf");
  await form.field("Password").fill(SECRETS.password);
  await form.save();
  const [webhook] = await api.webhooks();
  const id = webhook?.id ?? "";
  await api.publish();
  await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
  expect(receiver.last.headers.authorization, "the receiver is told").toBe(`Basic ${ENCODED}`);

  await form.openEdit(id);
  await form.secret.fill(SECRETS.changed);
  await form.authenticate("API key");
  await form.field("Header value").fill(SECRETS.value);
  await form.openAdvanced();
  await form.field("Custom headers").fill(`X-Own: ${SECRETS.header}`);
  await form.save();
  await api.publish();
  await expect.poll(() => receiver.last.headers["x-api-key"]).toBe(SECRETS.value);
  expect(receiver.last.headers["x-own"], "the receiver is told").toBe(SECRETS.header);

  await page.goto(`/webhooks/${id}/settings`);
  const rotation = page.getByRole("region", { name: "Rotate secret" });
  await rotation.getByLabel("New secret").fill(SECRETS.rotated);
  await rotation.getByRole("button", { name: "Rotate secret" }).click();
  await expect(rotation.getByLabel("New secret")).toHaveValue("");

  await page.goto("/access/operators");
  await page.getByRole("button", { name: "New operator" }).click();
  const operator = page.getByRole("dialog", { name: "New operator" });
  const email = `canary-${Date.now()}@example.com`;
  await operator.getByLabel("E-mail address").fill(email);
  await operator.getByLabel("Password").fill(SECRETS.operator);
  await operator.getByRole("button", { name: "Create operator" }).click();
  await expect(page.getByRole("row", { name: new RegExp(email) })).toBeVisible();

  // A new key is shown once. What is heard until then may tell it, so it is looked for from then on.
  await page.goto("/access/api-keys");
  await page.getByRole("button", { name: "New API key" }).click();
  const key = page.getByRole("dialog", { name: "New API key" });
  await key.getByLabel("Name").fill("canary");
  await key.getByRole("button", { name: "Create API key" }).click();
  const made = ((await page.locator("#shown-once ~ .bar code").textContent()) ?? "").split("_").at(-1) ?? "";
  expect(made).toMatch(/^[0-9a-f]{64}$/);
  await page.getByRole("button", { name: "I have stored it" }).click();
  expectNone([...canaries, made], await held(page), "where the key was shown");
  expectNone(canaries, await heard(), "heard up to here");

  const after = listen(page);
  canaries.add(made);
  const deliveries = await api.deliveries(id);
  const pages = [
    ["/webhooks", `/webhooks/${id}`, `/webhooks/${id}/settings`, `/webhooks/${id}/events`, `/webhooks/${id}/edit`, "/events"],
    deliveries.flatMap((delivery) => [`/events/${delivery.id}`, `/events/${delivery.id}/responses`]),
    ["/access/operators", "/access/api-keys", "/access/audit-log", "/account", "/settings", "/tools", "/event-types"],
  ].flat();
  for (const path of pages) {
    await page.goto(path);
    await expect(page.locator("main h1")).toBeVisible();
    await drawn(page);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await drawn(page);
    await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
    expectNone(canaries, await held(page), path);
  }

  // The session ends while a secret is typed, and a wrong password follows: both stay in their fields, and nowhere else.
  await form.openNew();
  await form.url.fill(receiver.url("/another"));
  await form.secret.fill(SECRETS.forgotten);
  const dialog = await endSession(page, () => form.submit.click());
  await dialog.getByLabel("Password").fill(SECRETS.wrong);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog.getByRole("alert")).toContainText("password is wrong");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
  expectNone(canaries, kept, "kept while it is typed");
  await dialog.getByLabel("Password").fill(ADMIN.password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog).toHaveCount(0);
  await form.save();
  expectNone(canaries, await held(page), "after all");
  expectNone([...canaries, ADMIN.password], await after(), "heard after the key was stored");
});

test("passwords that an operator types are nowhere once they were used", async ({ browser, api, server }) => {
  const email = `canary-${Date.now()}@example.com`;
  await api.send("POST", "/operators", { email, password: SECRETS.operator, role: "viewer" });
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const heard = listen(page);
  await page.goto("/account");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(SECRETS.operator);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
  expectNone(Object.values(SECRETS), await held(page), "after signing in");
  await page.getByLabel("Current password").fill(SECRETS.operator);
  await page.getByLabel("New password").fill(SECRETS.another);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed")).toBeVisible();
  expectNone(Object.values(SECRETS), await held(page), "after the change");
  expectNone(Object.values(SECRETS), await heard(), "heard");
  await context.close();
});
