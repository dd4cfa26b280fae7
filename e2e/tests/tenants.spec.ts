// Somebody of the platform finds its customers, acts for one of them, and looks after them.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { look } from "../fixtures/look.ts";
import { answer, discard } from "../fixtures/question.ts";
import type { Receiver } from "../fixtures/receiver.ts";
import { expect, test } from "../fixtures/test.ts";

test.use({ expectedErrors: /status of (404|409|422)/ });

interface Tenant {
  id: string;
  name: string;
  external_id: string;
}

/** Asks the API as who is signed in, for a tenant or their own. */
async function send<T>(page: Page, method: string, path: string, data?: unknown, tenant?: string): Promise<T> {
  const named = tenant ? { "Hookwright-Tenant": tenant } : {};
  const answer = await page.request.fetch(`/api/v1${path}`, { method, data, headers: { "Sec-Fetch-Site": "same-origin", ...named } });
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** A tenant of a test's own. */
async function make(page: Page, name = "Acme"): Promise<Tenant> {
  const own = randomUUID().slice(0, 8);
  return send(page, "POST", "/tenants", { name: `${name} ${own}`, external_id: `cust-${own}` });
}

/** What it is called where another one may have its name. */
const called = ({ name, external_id }: Tenant) => `${name} (${external_id})`;

/** The row of a tenant, found by its external id. */
async function find(page: Page, { name, external_id }: Tenant) {
  await page.getByRole("searchbox", { name: "Filter by name, ID or URL" }).fill(external_id);
  await expect(page).toHaveURL(`/account/tenants?q=${external_id}`);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(page.locator("tbody tr")).toHaveCount(1);
  return row;
}

const line = (page: Page) => page.getByRole("region", { name: "Tenant" });
const table = (page: Page) => page.getByRole("table", { name: "Tenants" });

test("an operator of the platform acts for a customer in the whole portal, and comes back", async ({ page, webhook, webhooks }) => {
  const acme = await make(page);
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(line(page)).toHaveText(/^Acting for default *All tenants$/);
  const other = await page.context().newPage();
  await other.goto("/events");

  await page.goto("/account");
  await page.locator("main").getByRole("link", { name: "All tenants" }).click();
  await expect(page.getByRole("heading", { name: "Tenants", level: 1 })).toBeFocused();
  await expect(page.getByRole("row", { name: /^default / })).toContainText("Acting");
  await (await find(page, acme)).getByRole("button", { name: `Act for ${called(acme)}` }).click();
  await expect(page).toHaveURL("/webhooks");
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await expect(other.getByText(`Acting for ${acme.name}`)).toBeVisible();
  for (const width of [1280, 1000, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await expect(line(page)).toContainText(`Acting for ${acme.name}`);
    await expect(line(page)).toBeInViewport();
  }
  await expect(page.locator("header .account")).toHaveText("ana@example.com");

  await line(page).getByRole("link", { name: "All tenants" }).click();
  const row = await find(page, acme);
  await expect(row).toContainText("Acting");
  await expect(row.getByRole("button", { name: /^Act for/ })).toHaveCount(0);
  await line(page).getByRole("button", { name: "Back to the default tenant" }).click();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(webhooks.heading).toBeFocused();
  await expect(line(page)).toContainText("Acting for default");
  await expect(line(other)).toContainText("Acting for default");
});

test("what was typed for one tenant is saved there, whatever another tab has chosen since", async ({ api, context, form, page, receiver }) => {
  const acme = await make(page);
  await form.openNew();
  await form.url.fill(receiver.url("/typed"));
  await form.secret.fill(receiver.secret);
  const other = await context.newPage();
  await other.goto("/account/tenants");
  await (await find(other, acme)).getByRole("button", { name: /^Act for/ }).click();
  await expect(line(other)).toContainText(acme.name);

  await answer(page, `You're acting for ${called(acme)} in another tab`, false);
  await form.submit.click();
  await expect(form.done).toBeVisible();
  expect((await api.webhooks()).map((webhook) => webhook.url)).toContain(receiver.url("/typed"));
});

test("who has typed something is asked before they act for another tenant", async ({ page, receiver }) => {
  const acme = await make(page);
  await send(page, "PUT", "/session/tenant", undefined, acme.id);
  const { id } = await send<{ id: string }>(page, "POST", "/webhooks", { url: receiver.url(), secret: receiver.secret }, acme.id);
  await page.goto(`/webhooks/${id}/settings`);
  await page.locator("#url").fill(receiver.url("/typed"));
  await line(page).getByRole("button").click();
  await discard(page, false);
  await expect(page.locator("#url")).toHaveValue(receiver.url("/typed"));
  await line(page).getByRole("button").click();
  await discard(page, true);
  await expect(line(page)).toContainText("Acting for default");
});

test("a tenant is made, changed and deleted by the keyboard", async ({ page, receiver }) => {
  const [name, better] = [`Globex ${randomUUID().slice(0, 8)}`, `Globex ${randomUUID().slice(0, 8)}`];
  const dialog = page.getByRole("dialog");
  await page.goto("/account/tenants");
  await page.getByRole("button", { name: "New tenant" }).focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("default");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("Another tenant has this name");
  await dialog.getByLabel("Name").fill(` ${name} `);
  await dialog.getByLabel("External ID").fill("globex 1");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("External ID")).toHaveAccessibleDescription(/^An external ID must have 1 to 255/);
  await expect(dialog.getByLabel("External ID")).toBeFocused();
  await dialog.getByLabel("External ID").fill(`id-of-${name.replace(" ", "-")}`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "New tenant" })).toBeFocused();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row).toContainText(`id-of-${name.replace(" ", "-")}`);

  await row.getByRole("button", { name: `Edit ${name}` }).press("Enter");
  await dialog.getByLabel("Name").fill(better);
  await dialog.getByLabel("External ID").fill("");
  await page.keyboard.press("Enter");
  const changed = page.getByRole("row", { name: new RegExp(better) });
  await expect(changed).not.toContainText("id-of");
  await expect(changed.getByRole("button", { name: `Edit ${better}` })).toBeFocused();

  const [{ id }] = (await send<{ items: Tenant[] }>(page, "GET", `/tenants?q=${encodeURIComponent(better)}`)).items as [Tenant];
  const made = await send<{ id: string }>(page, "POST", "/webhooks", { url: receiver.url(), secret: receiver.secret }, id);
  const remove = changed.getByRole("button", { name: `Delete ${better}` });
  // The list does not know of the webhook yet, and nobody was asked about it.
  await remove.press("Enter");
  await answer(page, `Delete ${better}?`, true);
  await expect(page.getByRole("alert").getByText("The tenant still has webhooks.")).toBeVisible();
  await expect(changed.getByRole("cell").nth(2)).toContainText("1");
  await remove.press("Enter");
  await answer(page, `Delete ${better} and its webhook?`, true);
  await expect(changed).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Tenants", level: 1 })).toBeFocused();
  await expect(page.getByRole("row", { name: /^default / }).getByRole("button", { name: /^Delete/ })).toHaveCount(0);
  const headers = { "Sec-Fetch-Site": "same-origin", "Hookwright-Tenant": id };
  expect((await page.request.get(`/api/v1/webhooks/${made.id}`, { headers })).status()).toBe(404);
});

test("with a tenant goes what its events held, where who deletes it asks for that", async ({ page }) => {
  for (const erases of [false, true]) {
    const acme = await make(page);
    await page.goto("/account/tenants");
    await (await find(page, acme)).getByRole("button", { name: `Delete ${called(acme)}` }).click();
    const box = page.getByRole("dialog").getByRole("checkbox", { name: "Also erase what its events held" });
    await expect(box).not.toBeChecked();
    await expect(box).toHaveAccessibleDescription(/This cannot be undone/);
    if (erases) await box.check();
    const asked = page.waitForRequest((request) => request.method() === "DELETE");
    await page.getByRole("dialog").locator(".btn.danger").click();
    expect(new URL((await asked).url()).searchParams.get("content")).toBe(erases ? "erase" : null);
    await expect(page.getByText("Tenant deleted")).toBeVisible();
  }
});

test("the buttons of a tenant stand on one line at a small desk, and a long name leaves a dialog its button to close", async ({ page }) => {
  const acme = await make(page, `Acme ${"Indústria-e-Comércio ".repeat(4)}`);
  await page.setViewportSize({ width: 960, height: 800 });
  await page.goto(`/account/tenants?lang=pt-BR&q=${acme.external_id}`);
  const buttons = page.locator("tbody .row-actions > *");
  await expect(buttons).toHaveCount(4);
  const tops = await buttons.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top + one.getBoundingClientRect().height / 2)));
  expect(new Set(tops).size).toBe(1);
  await page.setViewportSize({ width: 360, height: 800 });
  await buttons.nth(1).click();
  const close = await page.getByRole("dialog").locator("header .btn").boundingBox();
  expect(close?.width).toBeGreaterThanOrEqual(36);
});

test("who deletes the tenant that they act for acts for the default one", async ({ page, webhook, webhooks }) => {
  const acme = await make(page);
  await send(page, "PUT", "/session/tenant", undefined, acme.id);
  await page.goto("/account/tenants");
  const row = await find(page, acme);
  await row.getByRole("button", { name: `Delete ${called(acme)}` }).click();
  await answer(page, `Delete ${called(acme)}?`, true);
  await expect(page.getByRole("row", { name: /^default / })).toContainText("Acting");
  await expect(line(page)).toContainText("Acting for default");
  await expect(page.locator(".toasts .note.bad")).toHaveCount(0);
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
});

test.describe("an address of another tenant", () => {
  test.use({ expectedErrors: /status of 404/ });

  test("says whose it is, and leads there for that tenant", async ({ page, receiver }) => {
    const acme = await make(page);
    const url = receiver.url("/acme");
    const { id } = await send<{ id: string }>(page, "POST", "/webhooks", { url, secret: receiver.secret }, acme.id);
    await page.goto(`/webhooks/${id}/events?status=failed`);
    await expect(page.getByRole("heading", { name: "There's nothing at this address" })).toBeVisible();
    await expect(page.getByRole("status").filter({ hasText: `This address belongs to ${called(acme)}.` })).toBeVisible();
    await page.getByRole("button", { name: `Act for ${called(acme)}` }).click();
    await expect(line(page)).toContainText(`Acting for ${acme.name}`);
    await expect(page).toHaveURL(`/webhooks/${id}/events?status=failed`);
    await expect(page.locator("main h1")).toContainText("/acme");

    await page.goto("/webhooks/01JZNK5ZQBNF623MB5KE64GNQB");
    await expect(page.getByRole("heading", { name: "There's nothing at this address" })).toBeVisible();
    await expect(page.getByText("This address belongs to")).toHaveCount(0);
  });
});

test("the name in the line is the one that was just given", async ({ page }) => {
  const acme = await make(page);
  await send(page, "PUT", "/session/tenant", undefined, acme.id);
  await page.goto("/account/tenants");
  await (await find(page, acme)).getByRole("button", { name: `Edit ${called(acme)}` }).click();
  await page.getByRole("dialog").getByLabel("Name").fill(`${acme.name} Ltda.`);
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(line(page)).toContainText(`Acting for ${acme.name} Ltda.`);
});

test("a link opens the portal of its tenant once, whoever makes it", async ({ page, browser, server, receiver }) => {
  const acme = await make(page);
  await send(page, "POST", "/webhooks", { url: receiver.url("/of/acme"), secret: receiver.secret }, acme.id);
  await page.goto("/account/tenants");
  await (await find(page, acme)).getByRole("button", { name: `Portal link for ${called(acme)}` }).click();
  const dialog = page.getByRole("dialog", { name: `Portal link for ${called(acme)}` });
  await dialog.getByRole("radio", { name: /Editor/ }).check();
  await dialog.getByText("1 hour").click();
  await dialog.getByLabel("Visitor").fill("maria@customer.example");
  const asked = page.waitForRequest((request) => request.url().endsWith("/portal-links"));
  await dialog.getByRole("button", { name: "Create link" }).click();
  expect((await asked).postDataJSON()).toEqual({ role: "editor", expires_in: 3_600, visitor: "maria@customer.example" });
  const made = page.getByRole("region", { name: `Portal link for ${called(acme)}` });
  await expect(made.getByRole("heading")).toBeFocused();
  await expect(made).toContainText("It can be opened once, until");
  await expect(made.getByRole("button", { name: "Copy Portal link" })).toBeVisible();
  const url = (await made.locator("code").textContent()) ?? "";
  await made.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByText(url)).toHaveCount(0);

  const visitor = await (await browser.newContext({ baseURL: server.url })).newPage();
  await visitor.goto(url);
  await expect(visitor.getByRole("row", { name: /of\/acme/ })).toBeVisible();
  await expect(visitor.getByRole("link", { name: "New webhook" })).toBeVisible();
  await expect(line(visitor)).toHaveCount(0);
  await expect(visitor.locator("header .account")).toHaveText("maria@customer.example");
  await visitor.goto("/account");
  await expect(visitor.locator("main dl")).toContainText("maria@customer.example");
  await expect(visitor.getByRole("button", { name: "Sign out" })).toBeVisible();
  await expect(visitor.getByRole("link", { name: "All tenants" })).toHaveCount(0);
  await visitor.goto("/account/tenants");
  await expect(visitor.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
  await visitor.context().close();
});

/** Makes a webhook of a tenant, whose receiver refuses everything, and waits until it is failing. */
async function trouble(page: Page, acme: Tenant, receiver: Receiver): Promise<void> {
  receiver.answer({ status: 500 });
  await send(page, "POST", "/webhooks", { url: receiver.url(), secret: receiver.secret, retry_schedule: [] }, acme.id);
  for (let number = 0; number < 3; number += 1) {
    await send(page, "POST", "/events", { specversion: "1.0", id: randomUUID(), source: "A", type: "B", data: {} }, acme.id);
  }
  const failing = async () => (await send<{ items: { failing: number }[] }>(page, "GET", `/tenants?q=${acme.external_id}`)).items[0]?.failing;
  await expect.poll(failing).toBe(1);
}

test("the tenants in trouble are one choice away, and their failing webhooks one more", async ({ page, receiver }) => {
  const [acme, globex] = [await make(page), await make(page, "Globex")];
  await trouble(page, acme, receiver);
  const fine = { url: receiver.url("/fine"), secret: receiver.secret, events: { mode: "selected", types: ["NONE.OF"] } };
  await send(page, "POST", "/webhooks", fine, acme.id);
  const state = page.getByRole("radiogroup", { name: "Status" });
  const said = page.locator("main > p[role=status].vh");
  const row = ({ name }: Tenant) => page.getByRole("row", { name: new RegExp(name) });
  await page.goto("/account/tenants");
  await expect(state.getByRole("radio", { name: "All" })).toBeChecked();
  await expect(row(globex)).toBeVisible();
  await state.getByText("Failing").click();
  await expect(page).toHaveURL("/account/tenants?status=failing");
  await expect(row(globex)).toHaveCount(0);
  await expect(row(acme)).toBeVisible();
  await expect(said.filter({ hasText: /^\d+ results?/ })).toHaveCount(1);
  await page.getByRole("searchbox").fill(globex.external_id);
  await expect(page).toHaveURL(`/account/tenants?q=${globex.external_id}&status=failing`);
  await expect(page.getByRole("heading", { name: "No tenants match" })).toBeVisible();
  await expect(said.filter({ hasText: "Nothing found" })).toHaveCount(1);
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(state.getByRole("radio", { name: "All" })).toBeChecked();

  await page.goto("/account/tenants?status=failing");
  await row(acme).getByRole("button", { name: `1 failing: act for ${called(acme)} and see them` }).press("Enter");
  await expect(page).toHaveURL("/webhooks?status=failing");
  await expect(line(page)).toContainText(`Acting for ${acme.name}`);
  await expect(page.getByRole("row", { name: new RegExp(receiver.url()) })).toBeVisible();
  await expect(page.getByRole("row", { name: /\/fine/ })).toHaveCount(0);
  await page.goto("/account/tenants?status=failing");
  await row(acme).getByRole("link", { name: "1 failing" }).click();
  await expect(page).toHaveURL("/webhooks?status=failing");
});

test("the failing tenants go on, and that there are none is good news", async ({ page }) => {
  const asked: string[] = [];
  const items = (first: number, count: number) =>
    [...Array(count).keys()].map((at) => ({ id: `01JZNK5ZQBNF623MB5KE64${first + at}`, name: `Acme ${first + at}`, external_id: null, created_at: "2025-07-08T18:01:19Z", webhooks: 2, failing: 1 }));
  await page.route("**/api/v1/tenants?*", (route) => {
    const { searchParams } = new URL(route.request().url());
    asked.push(`${searchParams.get("failing")} ${searchParams.get("cursor")}`);
    return route.fulfill({ json: searchParams.has("cursor") ? { items: items(1050, 1), next_cursor: null } : { items: items(1000, 50), next_cursor: "more" } });
  });
  await page.goto("/account/tenants?status=failing");
  await expect(table(page).locator("tbody tr")).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL("/account/tenants?status=failing&after=more");
  await expect(table(page).locator("tbody tr")).toHaveCount(1);
  expect(asked).toEqual(["true null", "true more"]);
  await page.unroute("**/api/v1/tenants?*");
  await page.route("**/api/v1/tenants?*", (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.goto("/account/tenants?status=failing");
  await expect(page.getByRole("heading", { name: "No tenant has a failing webhook" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/account/tenants");
});

test("the list is searched, goes on, and tells which tenant has trouble", async ({ page, receiver }) => {
  const acme = await make(page);
  await trouble(page, acme, receiver);
  await page.goto("/account/tenants");
  await expect(await find(page, acme)).toContainText("1 failing");
  const search = page.getByRole("searchbox");
  await search.fill(acme.id.toLowerCase());
  await expect(page.getByRole("row", { name: new RegExp(acme.name) })).toBeVisible();
  await search.fill("nobody");
  await expect(page.getByRole("heading", { name: "No tenants match" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/account/tenants");
  await expect(search).toHaveValue("");

  const prefix = `Page ${randomUUID().slice(0, 8)}`;
  for (let number = 0; number < 51; number += 1) await send(page, "POST", "/tenants", { name: `${prefix} ${number}` });
  await search.fill(prefix);
  await expect(table(page).locator("tbody tr")).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(table(page).locator("tbody tr")).toHaveCount(1);
  await expect(page.getByRole("row", { name: new RegExp(`${prefix} 0`) })).toBeVisible();
});

test.describe("whoever is not of the platform", () => {
  // Until it is known who this is, the page is asked for already.
  test.use({ expectedErrors: /status of 403/ });

  test("sees no tenants, and who of it may only look sees them and acts for them", async ({ api, page }) => {
    const acme = await make(page);
    const viewer = { email: `platform-${Date.now()}@example.com`, password: "a password to look with", role: "viewer" };
    await send(page, "POST", "/operators", { ...viewer, platform: true });
    const signIn = async ({ email, password }: { email: string; password: string }) => {
      // A page that still acted for somebody would go on asking, with another session.
      await page.goto("about:blank");
      await page.context().clearCookies();
      expect((await page.request.post("/api/v1/session", { data: { email, password } })).status()).toBe(201);
    };
    await signIn(viewer);
    await page.goto("/account/tenants");
    const row = await find(page, acme);
    await expect(row.getByRole("button")).toHaveCount(1);
    await expect(page.getByRole("button", { name: "New tenant" })).toHaveCount(0);
    await row.getByRole("button", { name: /^Act for/ }).click();
    await expect(line(page)).toContainText(acme.name);

    const own = { ...viewer, email: `own-${Date.now()}@example.com`, role: "admin" };
    await api.send("POST", "/operators", own);
    await signIn(own);
    await page.goto("/account");
    await expect(page.getByRole("heading", { name: "Change password" })).toBeVisible();
    await expect(page.getByText("enant")).toHaveCount(0);
    await page.goto("/account/tenants");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
  });
});

for (const locale of ["en-US", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });
    test.setTimeout(900_000);

    test("axe finds nothing while somebody acts for a tenant, and nothing sticks out", async ({ page, receiver }) => {
      const acme = await make(page, `Acme Alimentos ${"Indústria-e-Comércio".repeat(3)}`);
      await make(page, "Globex");
      receiver.answer({ status: 500 });
      await send(page, "PUT", "/session/tenant", undefined, acme.id);
      await page.route("**/api/v1/tenants?*", async (route) => {
        const answer = await route.fetch({ url: route.request().url().replace("failing=true&", "") });
        const { items, next_cursor } = (await answer.json()) as { items: object[]; next_cursor: null };
        await route.fulfill({ json: { items: items.map((item) => ({ ...item, webhooks: 12_345, failing: 678 })), next_cursor } });
      });
      for (const path of ["/webhooks", "/account", "/account/tenants?status=failing", "/account/tenants?q=nobody"]) {
        await page.goto(path);
        await expect(page.locator(".acting")).toBeVisible();
        await expect(page.locator("main h1")).toBeVisible();
        await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
        await look(page, `${locale} acting ${path}`);
      }
      await page.goto("/account/tenants");
      for (const [button, state] of [
        [page.locator(".head .btn.primary"), "new tenant"],
        [page.locator("tbody tr").first().locator(".row-actions button").nth(1), "portal link"],
      ] as const) {
        await button.click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await look(page, `${locale} ${state}`);
        if (state === "new tenant") await page.keyboard.press("Escape");
      }
      await page.locator("dialog footer .primary").click();
      await expect(page.locator("#shown-once")).toBeFocused();
      await look(page, `${locale} portal link made`);
    });
  });
}
