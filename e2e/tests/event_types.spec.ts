// The catalogue is kept from the portal: types are added, changed and deleted, and looked at only by who may only look.

import type { Page } from "@playwright/test";
import { look } from "../fixtures/look.ts";
import { answer } from "../fixtures/question.ts";
import { expect, test } from "../fixtures/test.ts";

interface EventType {
  name: string;
  description: string;
  example: string | null;
  schema: string | null;
}

/** A type of a test's own, under a source that no other has. */
const own = (type = "INVOICE.PAID") => ({ source: `BILLING${Date.now()}`, type, description: "An invoice was paid" });

// Other tests count what the catalogue has.
test.afterEach(async ({ api }) => {
  const { items } = await api.read<{ items: EventType[] }>("/event-types");
  for (const { name } of items) if (name.startsWith("BILLING")) await api.send("DELETE", `/event-types/${encodeURIComponent(name)}`);
});

const entry = (page: Page, type: string) => page.locator("details.type", { hasText: type });

/** Opens the page, narrowed to a source, and unfolds a type of it. */
async function unfold(page: Page, source: string, type: string) {
  await page.goto(`/event-types?q=${source.toLowerCase()}`);
  await entry(page, type).locator("summary").click();
  return entry(page, type);
}

test("an event type is added by the keyboard, with an example that a test event sends", async ({ api, page }) => {
  const { source } = own();
  await page.goto("/event-types");
  const add = page.getByRole("button", { name: "New event type" });
  await add.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New event type" });
  await expect(dialog.getByLabel("Source")).toBeFocused();
  await page.keyboard.type(source);
  await page.keyboard.press("Tab");
  await page.keyboard.type("INVOICE.PAID");
  await page.keyboard.press("Tab");
  await page.keyboard.type("An invoice was paid");
  await dialog.getByRole("button", { name: "Begin with a template" }).press("Enter");
  await expect(dialog.getByLabel("Example")).toBeFocused();
  await expect(dialog.getByLabel("Example")).toHaveValue(new RegExp(`"source": "${source}"`));
  await dialog.getByLabel("Schema").fill('{"type": "object"}');
  await dialog.getByRole("button", { name: "Add event type" }).press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(page.locator(".toasts")).toContainText("Event type saved");
  await expect(add).toBeFocused();
  const added = entry(page, "INVOICE.PAID").last();
  await expect(page.getByRole("heading", { name: `${source} (1)` })).toBeVisible();
  await added.locator("summary").press("Enter");
  await expect(added).toContainText("An invoice was paid");
  await expect(added.getByRole("region", { name: `Schema: ${source}.INVOICE.PAID` })).toBeVisible();
  const { example } = await api.read<EventType>(`/event-types/${source}.INVOICE.PAID`);
  expect(JSON.parse(example ?? "")).toEqual({ specversion: "1.0", id: "1", source, type: "INVOICE.PAID", data: {} });
});

test("an event type is changed where it stands, and what was not changed stays byte for byte", async ({ api, page }) => {
  const { source, type, description } = own();
  const example = `{"specversion":"1.0","id":"1","source":"${source}","type":"${type}","data":{"amount":1.50}}`;
  await api.send("POST", "/event-types", { source, type, description, example });
  const known = await unfold(page, source, type);
  const edit = known.getByRole("button", { name: `Edit ${source}.${type}` });
  await edit.click();
  const dialog = page.getByRole("dialog", { name: `Edit ${source}.${type}` });
  await expect(dialog.getByLabel("Source")).toHaveCount(0);
  await expect(dialog.getByLabel("Example")).toHaveValue(/\n  "data": \{\n    "amount": 1\.50\n/);
  await dialog.getByLabel("Description").fill("An invoice was paid in full");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(known).toContainText("An invoice was paid in full");
  await expect(edit).toBeFocused();
  await expect(known.getByRole("region", { name: `Example: ${source}.${type}` })).toBeVisible();
  expect(await api.read<EventType>(`/event-types/${source}.${type}`)).toMatchObject({ description: "An invoice was paid in full", example, schema: null });

  await edit.click();
  await dialog.getByLabel("Example").fill("");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(known).toContainText("This type has no example yet.");
});

test("the fields of the data stand in a table: those of the schema with their meaning, else those of the example", async ({ api, page }) => {
  const { source, type, description } = own();
  const example = JSON.stringify({ specversion: "1.0", id: "1", source, type, data: { amount: 1.5, lines: [{ sku: "A" }] } });
  await api.send("POST", "/event-types", { source, type, description, example });
  const known = await unfold(page, source, type);
  const table = known.getByRole("table", { name: `Fields of data: ${source}.${type}` });
  await expect(table.getByRole("row")).toHaveText(["FieldType", "amountnumber", "linesobject[]", "lines[].skustring"]);

  const amount = { type: "number", description: "What was paid" };
  const schema = JSON.stringify({ type: "object", required: ["amount"], properties: { amount, currency: { enum: ["EUR", "BRL"] } } });
  await api.send("PUT", `/event-types/${source}.${type}`, { source, type, description, example, schema });
  await page.reload();
  await unfold(page, source, type);
  await expect(table.getByRole("row")).toHaveText(["FieldTypeMeaning", "amountnumber requiredWhat was paid", "currencyEUR, BRL"]);
});

test("an event type is deleted after a question; its events are accepted as before", async ({ api, page }) => {
  // What is written otherwise in an address.
  const { source, type, description } = own("INVOICE/PAID?%");
  await api.send("POST", "/event-types", { source, type, description });
  const known = await unfold(page, source, type);
  const remove = known.getByRole("button", { name: `Delete ${source}.${type}` });
  await remove.click();
  await expect(page.getByRole("dialog")).toContainText("Events of this type are still accepted");
  await answer(page, `Delete ${source}.${type}?`, false);
  await expect(remove).toBeFocused();
  await remove.click();
  await answer(page, `Delete ${source}.${type}?`, true);
  await expect(known).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Event types", level: 1 })).toBeFocused();
  await expect(page.getByText("No event types match this filter")).toBeVisible();
  await expect(page.locator("section.empty")).toContainText(source.toLowerCase());
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/event-types");
  expect(await api.publish(`${source}.${type}`)).toBe(0);
});

test.describe("what is wrong", () => {
  test.use({ expectedErrors: /status of (409|422)/ });

  test("is said at its field: before it is sent where it can be told, and after", async ({ api, page }) => {
    const { source, type } = own();
    await api.send("POST", "/event-types", { source, type });
    let sent = 0;
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/event-types")) sent += 1;
    });
    await page.goto("/event-types");
    await page.getByRole("button", { name: "New event type" }).click();
    const dialog = page.getByRole("dialog", { name: "New event type" });
    const [example, schema, save] = [dialog.getByLabel("Example"), dialog.getByLabel("Schema"), dialog.getByRole("button", { name: "Add event type" })];
    await dialog.getByLabel("Source").fill(source);
    await dialog.getByLabel("Type", { exact: true }).fill(type);
    await example.fill('{\n  "id": }');
    await schema.fill("{");
    await save.click();
    await expect(example).toBeFocused();
    await expect(example).toHaveAccessibleDescription(/^This is not valid JSON: it ends early or is wrong at line 2, column 9\./);
    await expect(schema).toHaveAttribute("aria-invalid", "true");
    expect(sent).toBe(0);

    await example.fill('{"specversion": "1.0"}');
    await schema.fill("");
    await save.click();
    await expect(example).toHaveAccessibleDescription(/^The example is not a valid event/);
    await expect(example).toBeFocused();
    await expect(schema).toHaveAttribute("aria-invalid", "false");

    await example.fill("");
    await save.click();
    await expect(dialog.getByRole("alert")).toContainText("The catalogue already has a type of this name, of the source");
    await expect(dialog.getByLabel("Source")).toBeFocused();
    expect(sent).toBe(2);
    await dialog.getByLabel("Type", { exact: true }).fill("OTHER");
    await save.click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("heading", { name: `${source} (2)` })).toBeVisible();
  });
});

test("who may only look finds the examples, and no way to change them", async ({ api, page }) => {
  const viewer = { email: `viewer-${Date.now()}@example.com`, password: "a password to look with" };
  await api.send("POST", "/operators", { ...viewer, role: "viewer" });
  await page.context().clearCookies();
  expect((await page.request.post("/api/v1/session", { data: viewer })).status()).toBe(201);
  const known = await unfold(page, "smartauth", "FACEAUTHENTICATIONEVENT");
  await expect(known.getByRole("region", { name: /^Example:/ })).toBeVisible();
  await expect(page.locator("main").getByRole("button", { name: /^(New|Edit|Delete|Send)/ })).toHaveCount(0);
  await page.route("**/api/v1/event-types", (route) => route.fulfill({ json: { items: [] } }));
  await page.goto("/event-types");
  await expect(page.getByRole("heading", { name: "No event types yet" })).toBeVisible();
  await expect(page.locator("main").getByRole("button", { name: "New event type" })).toHaveCount(0);
});

for (const locale of ["en-US", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });
    test.setTimeout(120_000);

    test("axe finds nothing while the catalogue is changed, and nothing sticks out", async ({ api, page }) => {
      const { source, type, description } = own("INVOICE.PAIDINFULLBYAVERYPATIENTCUSTOMER");
      await api.send("POST", "/event-types", { source, type, description });
      const known = await unfold(page, source, type);
      await look(page, `${locale} type`);
      await known.getByRole("button", { name: new RegExp(`^(Delete|Excluir) ${source}`) }).click();
      await look(page, `${locale} delete type`);
      await page.keyboard.press("Escape");
      await page.locator(".head .btn.primary").click();
      const dialog = page.getByRole("dialog");
      await dialog.locator("#type-source").fill(source);
      await dialog.locator("#type-type").fill(type);
      await dialog.locator("#type-example").fill("{");
      await dialog.locator("footer .primary").click();
      await expect(dialog.locator(".err")).toBeVisible();
      await look(page, `${locale} new type`);
      await page.keyboard.press("Escape");
      await expect(page.locator("dialog.ask")).toBeVisible();
      await look(page, `${locale} discard`);
      await page.route("**/api/v1/event-types", (route) => route.fulfill({ json: { items: [] } }));
      await page.locator("dialog.ask .danger").click();
      await page.goto("/event-types");
      await expect(page.locator("section.empty .btn.primary")).toBeVisible();
      await look(page, `${locale} no types`);
    });
  });
}

test("a type tells which webhooks want it, and leads to them and to its events", async ({ api, receiver, page }) => {
  const known = own();
  const name = `${known.source}.${known.type}`;
  const create = (path: string, events: unknown, more = {}) =>
    api.createWebhook({ url: receiver.url(path), secret: receiver.secret, events, ...more });
  const condition = { path: "/data/status", operator: "is", values: ["PAID"] };
  await api.send("POST", "/event-types", known);
  const all = await create("/all", { mode: "all" });
  await create("/other", { mode: "selected", types: ["OTHER.TYPE"] });
  await create("/orders", { mode: "selected", types: [name], conditions: [condition] }, { description: "Orders", status: "inactive" });
  const type = await unfold(page, known.source, known.type);
  const wanting = type.getByRole("region", { name: "Webhooks that select it" });
  const rows = wanting.getByRole("listitem");
  await expect(rows).toHaveCount(2);
  // What is inactive receives nothing of it now, and is listed all the same.
  await expect(type.locator("summary .count")).toHaveText("1 active webhook");
  await expect(rows.first()).toContainText(/^Orders.*\/orders *Inactive 1 event type · 1 condition$/);
  await expect(rows.last()).toContainText(/\/all *Active All events$/);
  await rows.last().getByRole("link").click();
  await expect(page).toHaveURL(`/webhooks/${all.id}`);
  await page.goBack();
  await type.locator("summary").click();
  await wanting.getByRole("link", { name: "View events" }).click();
  await expect(page).toHaveURL(`/events?type=${name}`);
});

test.describe("for all tenants", () => {
  const ask = async (page: Page, method: string, path: string, data?: unknown) =>
    page.request.fetch(`/api/v1${path}`, { method, data, headers: { "Sec-Fetch-Site": "same-origin" } });

  test("the platform keeps a type that a customer sees and cannot change", async ({ browser, page }) => {
    test.slow();
    const { source, type } = own();
    const name = `${source}.${type}`;
    const tenant = (await (await ask(page, "POST", "/tenants", { name: source })).json()) as { id: string };
    await page.goto("/event-types");
    await page.getByRole("button", { name: "New event type" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Source").fill(source);
    await dialog.getByLabel("Type", { exact: true }).fill(type);
    await dialog.getByRole("checkbox", { name: "For all tenants" }).check();
    await look(page, "new type for all tenants");
    await dialog.getByRole("button", { name: "Add event type" }).click();
    await expect(dialog).toHaveCount(0);
    const known = await unfold(page, source, type);
    await expect(known.locator("summary")).toContainText("For all tenants");
    await look(page, "type for all tenants");
    await known.getByRole("button", { name: `Edit ${name}` }).click();
    await expect(dialog.getByRole("checkbox", { name: "For all tenants" })).toBeDisabled();
    await dialog.getByLabel("Description").fill("An invoice was paid");
    await dialog.getByRole("button", { name: "Save changes" }).click();
    await expect(known).toContainText("An invoice was paid");

    const link = await page.request.fetch("/api/v1/portal-links", {
      method: "POST",
      data: { role: "editor", expires_in: 600 },
      headers: { "Sec-Fetch-Site": "same-origin", "Hookwright-Tenant": tenant.id },
    });
    const context = await browser.newContext({ locale: "pt-BR" });
    const customer = await context.newPage();
    await customer.goto(((await link.json()) as { url: string }).url);
    await expect(customer).toHaveURL(/\/webhooks/);
    const seen = await unfold(customer, source, type);
    await expect(seen.locator("summary")).toContainText("An invoice was paid Para todos os");
    await expect(seen.locator(".row-actions .btn")).toHaveCount(1);
    await expect(customer.locator(".head .btn")).toHaveCount(0);
    await context.close();

    await known.getByRole("button", { name: `Delete ${name}` }).click();
    await expect(page.getByRole("dialog")).toContainText("the catalogue of every tenant");
    await answer(page, `Delete ${name}?`, true);
    await expect(known).toHaveCount(0);
    expect((await ask(page, "DELETE", `/tenants/${tenant.id}`)).ok()).toBe(true);
  });

  test("is nothing that is told where there is one tenant only", async ({ page }) => {
    await page.route("**/api/v1/session", async (route) => {
      const session = await (await route.fetch()).json();
      await route.fulfill({ json: { ...session, has_tenants: false } });
    });
    await page.goto("/event-types?q=transaction");
    await entry(page, "TRANSACTIONSTATUSUPDATED").locator("summary").click();
    await expect(page.getByRole("button", { name: "Edit TRANSACTION.TRANSACTIONSTATUSUPDATED" })).toBeVisible();
    await page.getByRole("button", { name: "New event type" }).click();
    await expect(page.getByRole("dialog").getByLabel("Schema")).toBeVisible();
    await expect(page.getByText(/all tenants/i)).toHaveCount(0);
  });
});
