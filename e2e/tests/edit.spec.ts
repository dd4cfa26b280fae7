import { ADMIN, Server } from "../fixtures/server.ts";
import { expect, test } from "../fixtures/test.ts";

test("a new payload URL gets what comes from then on", async ({ webhook, deliver, webhooks, form, receiver }) => {
  await deliver();
  expect(receiver.last.path).toBe("/hooks");
  await webhooks.open();
  await webhooks.edit(webhook.url).click();
  await expect(form.url).toHaveValue(webhook.url);
  await form.url.fill(receiver.url("/moved?to=here"));
  await form.save();
  await expect(webhooks.row("/moved")).toBeVisible();
  await deliver();
  expect(receiver.last.path).toBe("/moved?to=here");
});

test("a new secret signs from then on, and an empty one keeps what is set", async ({ webhook, deliver, form, receiver }) => {
  await form.openEdit(webhook.id);
  await expect(form.secret).toHaveValue("");
  await expect(form.dialog).not.toContainText(receiver.secret);
  await form.openAdvanced();
  await form.field("Description").fill("still the old secret");
  await form.save();
  await deliver();
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });

  receiver.secret = "the-new-secret-of-this-webhook";
  await form.openEdit(webhook.id);
  await form.secret.fill(receiver.secret);
  await form.save();
  await deliver();
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });
});

test("authentication changes from none to Basic to an API key and back", async ({ api, webhook, deliver, form, receiver, page }) => {
  await deliver();
  expect(receiver.last.headers.authorization).toBeUndefined();

  await form.openEdit(webhook.id);
  await form.authenticate("Basic");
  await form.field("Username").fill("caf");
  await form.field("Password").fill("pass: wörd");
  await form.save();
  await deliver();
  expect(receiver.last.headers.authorization).toBe(`Basic ${Buffer.from("caf:pass: wörd").toString("base64")}`);

  // The password is not shown again, and stays when it is left empty.
  await form.openEdit(webhook.id);
  await expect(form.field("Password")).toHaveValue("");
  await form.field("Username").fill("other");
  await form.save();
  await deliver();
  expect(receiver.last.headers.authorization).toBe(`Basic ${Buffer.from("other:pass: wörd").toString("base64")}`);

  await form.openEdit(webhook.id);
  await form.authenticate("API key");
  await expect(form.field("Header name")).toHaveValue("X-API-Key");
  await form.field("Header name").fill("X-Acme-Key");
  await form.field("Header value").fill("key-that-nobody-may-see");
  await form.save();
  await deliver();
  expect(receiver.last.headers).toMatchObject({ "x-acme-key": "key-that-nobody-may-see" });
  expect(receiver.last.headers.authorization).toBeUndefined();

  const [delivery] = await api.deliveries(webhook.id);
  await page.goto(`/events/${delivery?.id}`);
  const headers = page.getByRole("region", { name: "Headers", exact: true });
  await expect(headers).toContainText("••••-see");
  await expect(page.locator("body")).not.toContainText("key-that-nobody");

  await form.openEdit(webhook.id);
  await form.authenticate("None");
  await form.save();
  await deliver();
  expect(receiver.last.headers["x-acme-key"]).toBeUndefined();
});

test("headers of its own are sent, and a line that keeps its mask keeps its value", async ({ webhook, deliver, form, receiver }) => {
  const headers = form.field("Custom headers");
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await headers.fill("X-Region: eu: west\n\nX-Token:a-token-that-nobody-may-see\nHost: evil.example");
  await form.submit.click();
  await expect(form.dialog).toContainText("Host: This header is set by the sender or the connection.");
  await expect(headers).toBeFocused();
  await headers.fill("X-Region: eu: west\n\nX-Token:a-token-that-nobody-may-see\n");
  await form.save();
  await deliver();
  expect(receiver.last.headers).toMatchObject({ "x-region": "eu: west", "x-token": "a-token-that-nobody-may-see" });

  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await expect(headers).toHaveValue("X-Region: ••••\nX-Token: ••••\n");
  await headers.fill("X-Token: ••••\nX-Stage: test");
  await form.save();
  await deliver();
  expect(receiver.last.headers).toMatchObject({ "x-token": "a-token-that-nobody-may-see", "x-stage": "test" });
  expect(receiver.last.headers["x-region"]).toBeUndefined();
});

test("that http can be read on its way is told as the URL is typed, and at the webhook", async ({ webhook, form, page }) => {
  await form.openNew();
  const note = form.dialog.getByRole("status").filter({ hasText: "can be read on the way" });
  for (const [url, count] of [["http://127.0.0.1/hooks", 0], ["http://example.com/hooks", 1], ["https://example.com/hooks", 0]] as const) {
    await form.url.fill(url);
    await expect(note).toHaveCount(count);
  }
  const chip = page.locator("main .head .chip").filter({ hasText: /^http: .*read/ });
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.locator("main .head .badge")).toHaveText("Active");
  await expect(chip).toHaveCount(0);
  // This server allows http to this machine only.
  await page.route(`**/api/v1/webhooks/${webhook.id}`, async (route) => {
    const known = await (await route.fetch()).json();
    await route.fulfill({ json: { ...known, url: "http://example.com/hooks" } });
  });
  await page.reload();
  await expect(chip).toHaveCount(1);
});

test("only the selected events are sent", async ({ api, webhook, deliver, webhooks, form, receiver }) => {
  await form.openEdit(webhook.id);
  await form.only("TRANSACTION.TRANSACTIONSTATUSUPDATED", "SMARTAUTH.PROFILEUPDATEDEVENT");
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("2 of 10 event types");
  expect(await api.publish("COMMUNICATION.COMMUNICATIONCREATEDEVENT")).toBe(0);
  await deliver("SMARTAUTH.PROFILEUPDATEDEVENT");
  expect(receiver.received).toHaveLength(1);

  await form.openEdit(webhook.id);
  await expect(form.dialog.getByRole("checkbox", { name: "TRANSACTION.TRANSACTIONSTATUSUPDATED" })).toBeChecked();
  await form.field(/^Another type/).fill("no type");
  await form.dialog.getByRole("button", { name: "Add" }).click();
  await expect(form.alert.filter({ hasText: "Write it as SOURCE.TYPE" })).toHaveCount(1);
  await form.field(/^Another type/).fill("BILLING.INVOICE.PAID");
  await form.dialog.getByRole("button", { name: "Add" }).click();
  await expect(form.dialog.getByRole("checkbox", { name: "BILLING.INVOICE.PAID" })).toBeChecked();
  await form.save();
  await expect(webhooks.row(webhook.url).getByRole("cell", { name: "2 of 10 event types, and 1 not in the catalogue" })).toBeVisible();
  await deliver("BILLING.INVOICE.PAID");

  await form.openEdit(webhook.id);
  await form.everything();
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("All events");
  await deliver("COMMUNICATION.COMMUNICATIONCREATEDEVENT");
});

test("a whole source is ticked at once, with what it gets later", async ({ api, webhook, webhooks, form, deliver }) => {
  await form.openEdit(webhook.id);
  await form.only();
  await form.group("TRANSACTION").click();
  const all = form.dialog.getByRole("checkbox", { name: "All of TRANSACTION" });
  await form.dialog.getByRole("checkbox", { name: "TRANSACTION.TRANSACTIONSTATUSUPDATED" }).check();
  await expect(all).toBeChecked({ indeterminate: true });
  await all.check();
  await expect(form.dialog.getByText("3 of 3")).toBeVisible();
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("3 of 10 event types");
  await deliver("TRANSACTION.ADDEDLATER");

  // Without one of them, the others stay by their names.
  await form.openEdit(webhook.id);
  await expect(all).toBeChecked();
  await form.dialog.getByRole("checkbox", { name: "TRANSACTION.TRANSACTIONSTATUSUPDATED" }).uncheck();
  await expect(all).toBeChecked({ indeterminate: true });
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("2 of 10 event types");
  expect(await api.publish("TRANSACTION.ADDEDLATER")).toBe(0);
});

test("a type that is typed is wanted without being added, and one that is none keeps the form from being saved", async ({ webhook, webhooks, form }) => {
  await form.openEdit(webhook.id);
  await form.only();
  const typed = form.field(/^Another type/);
  await typed.fill("BILLING");
  await form.submit.click();
  await expect(typed).toBeFocused();
  await expect(typed).toHaveAccessibleDescription(/SOURCE\.TYPE/);
  await typed.fill("WITHDRAWAL");
  await expect(typed).toHaveAccessibleDescription(/^WITHDRAWAL: /);
  // Its place among the types changes, and it is still wrong.
  await form.group("TRANSACTION").click();
  const before = form.dialog.getByRole("checkbox", { name: "TRANSACTION.TRANSACTIONSTATUSUPDATED" });
  await before.check();
  await expect(typed).toHaveAccessibleDescription(/^WITHDRAWAL: /);
  await before.uncheck();
  await typed.fill("BILLING.*");
  await expect(typed).toHaveAttribute("aria-invalid", "false");
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("1 event type");

  // What is unticked stays there, to be ticked again.
  await form.openEdit(webhook.id);
  const billing = form.dialog.getByRole("checkbox", { name: "BILLING.*" });
  await billing.uncheck();
  await expect(billing).toBeFocused();
  await billing.check();
  await form.save();
});

test("what cannot be a type is not added, and is no longer wrong when it is corrected", async ({ webhook, form }) => {
  await form.openEdit(webhook.id);
  await form.only();
  const typed = form.field(/^Another type/);
  for (const wrong of ["", "*.PAID", "BILLING.PAID*", "A B.C"]) {
    await typed.fill(wrong);
    await typed.press("Enter");
    await expect(typed).toHaveValue(wrong);
    await expect(typed).toHaveAttribute("aria-invalid", "true");
    await expect(typed).toHaveAccessibleDescription(/SOURCE\.TYPE.* or SOURCE\.\*/);
  }
  await typed.fill("A.C");
  await expect(typed).toHaveAttribute("aria-invalid", "false");
  await typed.press("Enter");
  await expect(typed).toHaveValue("");
  await expect(typed).toHaveAttribute("aria-invalid", "false");
  await expect(form.dialog.getByRole("checkbox", { name: "A.C" })).toBeChecked();
});

test("an inactive webhook is sent nothing, and says so", async ({ api, webhook, deliver, webhooks, form, events, receiver, page }) => {
  await form.openEdit(webhook.id);
  await form.active.uncheck();
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("Inactive");
  expect(await api.publish()).toBe(0);
  await events.open(webhook.id);
  const note = page.locator(".note.warn");
  await expect(note).toContainText("It receives nothing until it is activated.");
  await note.getByRole("button", { name: "Activate" }).click();
  await expect(note).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await api.changeWebhook(webhook.id, { status: "inactive" });
  await expect(note).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await form.active.check();
  await form.save();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}/events$`));
  await expect(page.locator(".note.warn")).toHaveCount(0);
  await deliver();
  // What was published while it was inactive has not come before it.
  expect(receiver.received).toHaveLength(1);
});

test("description, time limit and retries are kept, and count", async ({ api, webhook, webhooks, form, receiver }) => {
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await form.field("Description").fill("Billing, production");
  await form.field("Time limit in milliseconds").fill("1500");
  await form.field("Retry delays, in seconds").fill("1");
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("Billing, production");
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await expect(form.field("Time limit in milliseconds")).toHaveValue("1500");
  await expect(form.field("Retry delays, in seconds")).toHaveValue("1");

  receiver.next({ silent: true });
  await api.publish();
  await receiver.reached(2);
  await api.until(webhook.id, "delivered");
});

test("a new webhook begins with the time limit and the retries that the server was told", async ({ form, page, receiver }) => {
  const server = await Server.start("--timeout-seconds", "7", "--retry-schedule", "60,600");
  try {
    const headers = { "Sec-Fetch-Site": "same-origin" };
    expect((await page.request.post(`${server.url}/api/v1/session`, { data: ADMIN, headers })).status()).toBe(201);
    await page.goto(`${server.url}/webhooks/new`);
    await form.openAdvanced();
    await expect(form.field("Time limit in milliseconds")).toHaveValue("7000");
    await expect(form.field("Retry delays, in seconds")).toHaveValue("60, 600");
    await form.url.fill(receiver.url());
    await form.secret.fill(receiver.secret);
    await form.save();
    const listed = await page.request.get(`${server.url}/api/v1/webhooks`, { headers });
    expect((await listed.json()).items).toMatchObject([{ timeout_ms: 7000, retry_schedule: [60, 600] }]);
    await page.goto("about:blank");
  } finally {
    await server.stop();
  }
});

test("how many attempts run at once and begin per second is kept, and an empty limit takes it away", async ({ api, webhook, form }) => {
  const limits = async () => {
    const { max_concurrency, rate_limit } = await api.read<Record<string, unknown>>(`/webhooks/${webhook.id}`);
    return [max_concurrency, rate_limit];
  };
  const [concurrency, rate] = [form.field("Concurrent attempts"), form.field("Attempts per second")];
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await expect(concurrency).toHaveValue("16");
  await expect(rate).toHaveValue("");
  await concurrency.fill("101");
  await rate.fill("many");
  await form.submit.click();
  await expect(form.alert).toContainText("2 fields need your attention.");
  await expect(concurrency).toBeFocused();
  await expect(form.dialog.locator("#concurrency-error")).toContainText("From 1 to 100");
  await expect(form.dialog.locator("#rate-limit-error")).toHaveText("Write a whole number.");
  await concurrency.fill("4");
  await rate.fill("250");
  await form.save();
  expect(await limits()).toEqual([4, 250]);

  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await expect(concurrency).toHaveValue("4");
  await expect(rate).toHaveValue("250");
  await rate.fill("");
  await form.save();
  expect(await limits()).toEqual([4, null]);
});

test("a webhook is deleted only after a confirmation", async ({ api, webhook, webhooks, page }) => {
  await webhooks.open();
  await webhooks.delete(webhook.url).click();
  await expect(webhooks.dialog).toContainText(webhook.url);
  await webhooks.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(webhooks.dialog).toHaveCount(0);
  await expect(webhooks.delete(webhook.url)).toBeFocused();
  expect(await api.webhooks()).toHaveLength(1);

  await webhooks.delete(webhook.url).click();
  await webhooks.dialog.getByRole("button", { name: "Delete webhook" }).click();
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await expect(webhooks.heading).toBeFocused();
  expect(await api.webhooks()).toHaveLength(0);
  expect(await api.publish()).toBe(0);
});

test("a webhook is not deleted under the name of another, and that is said", async ({ api, webhook, form, page }) => {
  await page.goto(`/webhooks/${webhook.id}/settings`);
  const host = page.getByLabel(/^Type .* to confirm/);
  await host.fill("another.example.com");
  await page.getByRole("button", { name: "Delete webhook" }).click();
  await expect(host).toBeFocused();
  await expect(host).toHaveAccessibleDescription(/^This is not 127\.0\.0\.1/);
  expect(await api.webhooks()).toHaveLength(1);
  await form.openNew();
  await form.dialog.getByRole("button", { name: "Check this URL" }).click();
  await expect(form.url).toBeFocused();
  await expect(form.url).toHaveAttribute("aria-invalid", "true");
});

test("what is wrong is said at its field, and goes when it is right", async ({ api, form, receiver }) => {
  await form.openNew();
  await form.secret.clear();
  await form.submit.click();
  await expect(form.alert).toContainText("2 fields need your attention.");
  await expect(form.url).toBeFocused();
  await expect(form.url).toHaveAttribute("aria-invalid", "true");
  await form.url.fill(receiver.url());
  await expect(form.url).toHaveAttribute("aria-invalid", "false");
  await expect(form.alert).toContainText("One field needs your attention.");
  await form.secret.fill("long enough to sign with");
  await expect(form.alert).toBeEmpty();
  await form.authenticate("API key");
  await form.field("Header name").fill("Host");
  await form.field("Header value").fill("v");
  await form.submit.click();
  await expect(form.field("Header name")).toBeFocused();
  await expect(form.field("Header name")).toHaveAttribute("aria-invalid", "true");
  await form.authenticate("None");
  await form.save();
  expect(await api.webhooks()).toHaveLength(1);
});

test("a URL that refuses HEAD is said to answer", async ({ form, receiver }) => {
  receiver.answer({ status: 404 });
  await form.openNew();
  await form.url.fill(receiver.url());
  await form.dialog.getByRole("button", { name: "Check this URL" }).click();
  await expect(form.dialog.getByText("The server responds. 404 to HEAD may be normal")).toBeVisible();
});

test("a field that was filled wrongly says so when it is left, an empty one waits", async ({ form }) => {
  await form.openNew();
  await form.secret.clear();
  await form.url.fill("ftp://example.com");
  await form.active.focus();
  await expect(form.url).toHaveAttribute("aria-invalid", "true");
  await expect(form.secret).toHaveAttribute("aria-invalid", "false");
  await expect(form.dialog.locator("#url-error")).toBeVisible();
  await expect(form.alert).toBeEmpty();
  await form.url.fill("https://example.com");
  await expect(form.url).toHaveAttribute("aria-invalid", "false");
  await expect(form.secret).toHaveAttribute("aria-invalid", "false");
});

test.describe("with an answer that is an error", () => {
  test.use({ expectedErrors: /the server responded with a status of 4\d\d/ });

  test("what only the server knows is said at the field too", async ({ form }) => {
    await form.send("https://169.254.169.254/latest");
    await expect(form.url).toBeFocused();
    await expect(form.url).toHaveAttribute("aria-invalid", "true");
    await expect(form.alert).toContainText("One field needs your attention.");
  });

  test("what the server said about a field stays until that field changes", async ({ form }) => {
    await form.send("https://169.254.169.254/latest");
    await expect(form.url).toHaveAttribute("aria-invalid", "true");
    await form.secret.fill("another one to sign with");
    await form.active.uncheck();
    await expect(form.url).toHaveAttribute("aria-invalid", "true");
    await expect(form.alert).toContainText("One field needs your attention.");
    await form.url.fill("https://169.254.169.254/other");
    await expect(form.url).toHaveAttribute("aria-invalid", "false");
    await expect(form.alert).toBeEmpty();
  });

  test("a change that somebody else was faster with is told, compared and not overwritten", async ({ api, webhook, form, page }) => {
    const read = () => api.read<Record<string, unknown>>(`/webhooks/${webhook.id}`);
    const [review, differences] = [form.dialog.getByRole("button", { name: "Review changes" }), form.dialog.getByRole("region", { name: "Review changes" })];
    await form.openEdit(webhook.id);
    await form.openAdvanced();
    await form.field("Description").fill("mine");
    await form.field("Concurrent attempts").fill("7");
    await form.only();
    await form.field(/^Another type/).fill("TYPED.ONLY");
    await api.changeWebhook(webhook.id, { description: "theirs", events: { mode: "selected", types: ["A.B"] } });
    await form.submit.click();
    await expect(form.alert).toContainText(/^browser tests changed this webhook at \d\d:\d\d\./);
    const again = page.waitForResponse((answer) => answer.request().method() === "PATCH");
    await form.submit.click();
    expect((await again).status()).toBe(412);
    await expect(review).toHaveAttribute("aria-expanded", "false");
    expect(await read()).toMatchObject({ description: "theirs" });

    await review.click();
    await expect(review).toHaveAttribute("aria-expanded", "true");
    await expect(differences.getByRole("listitem")).toHaveText([
      /^DescriptionOn the server nowtheirsIn this formmine/,
      /^EventsOn the server nowA\.BIn this formTYPED\.ONLY/,
      /^Concurrent attemptsOn the server now16In this form7/,
    ]);
    await expect(form.field("Description")).toHaveValue("mine");
    await differences.getByRole("button", { name: "Use the server's: Events" }).click();
    await expect(differences.getByRole("listitem")).toHaveCount(2);
    await expect(differences.getByRole("button").first()).toBeFocused();
    await form.save();
    expect(await read()).toMatchObject({ description: "mine", max_concurrency: 7, events: { mode: "selected", types: ["A.B"] } });
  });

  test("the settings page compares too, and saves what stands in the form", async ({ api, webhook, page }) => {
    await page.goto(`/webhooks/${webhook.id}/settings`);
    await page.getByText("Description and delivery").click();
    await page.getByLabel("Description", { exact: true }).fill("mine");
    await api.changeWebhook(webhook.id, { timeout_ms: 3000 });
    const save = page.getByRole("button", { name: "Save changes" });
    await save.click();
    await page.getByRole("button", { name: "Review changes" }).click();
    const differences = page.getByRole("region", { name: "Review changes" });
    await expect(differences.getByRole("listitem")).toHaveCount(2);
    await differences.getByRole("button", { name: "Use the server's: Time limit in milliseconds" }).click();
    await save.click();
    await expect(page.getByText("Changes saved")).toBeVisible();
    await expect(differences).toHaveCount(0);
    expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description: "mine", timeout_ms: 3000 });
  });
});
