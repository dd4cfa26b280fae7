// Who gets in, what they may do, and what happens when a session ends.

import { drawn, loaded } from "../fixtures/drawn.ts";
import { look } from "../fixtures/look.ts";
import { answer } from "../fixtures/question.ts";
import { hold, withoutStream } from "../fixtures/route.ts";
import { endSession } from "../fixtures/session.ts";
import { expect, test } from "../fixtures/test.ts";
import { ADMIN } from "../fixtures/server.ts";

const refused = /status of (401|403|410|422)/;

test.describe("nobody is signed in", () => {
  test.use({ signedIn: false, expectedErrors: refused });

  test("whoever signs in comes to the page that they wanted", async ({ page, webhook, webhooks }) => {
    await page.goto(`/webhooks/${webhook.id}/events`);
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
    await page.getByLabel("E-mail address").fill(ADMIN.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "password is wrong" })).toBeVisible();
    await page.getByLabel("Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: /\/hooks$/, level: 1 })).toBeFocused();
    await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}/events$`));
    await page.getByRole("link", { name: ADMIN.email }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
    await webhooks.open();
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
  });

  test("the language is chosen before signing in, and the password can be looked at", async ({ page }) => {
    await page.goto("/webhooks?lang=en");
    await page.getByLabel("Password").fill("what I typed");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.getByLabel("Password")).toHaveAttribute("type", "text");
    await page.getByRole("button", { name: "Hide" }).click();
    await expect(page.getByLabel("Password")).toHaveAttribute("type", "password");
    await page.getByRole("combobox", { name: "Language" }).selectOption("Português");
    await expect(page.getByRole("heading", { name: "Entrar", level: 1 })).toBeVisible();
    await expect(page).toHaveURL(/\/webhooks$/);
  });

  test("what is wrong with a field is said in the portal's language", async ({ page }) => {
    await page.goto("/webhooks?lang=pt-BR");
    const [email, send] = [page.getByLabel("E-mail"), page.getByRole("button", { name: "Entrar" })];
    await send.click();
    await expect(email).toHaveAccessibleDescription("Preencha este campo.");
    await expect(page.getByLabel("Senha")).toHaveAccessibleDescription("Preencha este campo.");
    await email.fill("ana");
    await page.getByLabel("Senha").fill("a password");
    await send.click();
    await expect(email).toHaveAccessibleDescription("O e-mail não é válido.");
    await expect(email).toBeFocused();
  });

  test("a portal link opens its tenant once, and shows no accounts", async ({ page, api, webhook, webhooks }) => {
    const { url } = await api.send<{ url: string }>("POST", "/portal-links", { role: "viewer" });
    await page.goto(url);
    await expect(webhooks.row(webhook.url)).toBeVisible();
    expect(page.url()).not.toContain("#");
    await expect(page.getByRole("link", { name: "Access" })).toHaveCount(0);
    expect((await page.request.get("/api/v1/operators")).status()).toBe(403);
    await page.goto("about:blank");
    await page.context().clearCookies();
    await page.goto(url);
    await expect(page.getByText("used before")).toBeVisible();
  });
});

test.describe("the session ends", () => {
  test.use({ expectedErrors: refused });

  test("what was typed stays, and is saved after signing in again", async ({ page, webhooks, form, receiver, api }) => {
    await webhooks.open();
    await webhooks.new.click();
    await form.url.fill(receiver.url("/typed"));
    await form.secret.fill("a secret that was typed");
    const dialog = await endSession(page, () => form.submit.click());
    await expect(dialog.getByLabel("E-mail address")).toHaveValue(ADMIN.email);
    await dialog.getByLabel("Password").fill(ADMIN.password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(form.url).toHaveValue(receiver.url("/typed"));
    await form.submit.click();
    await expect(webhooks.row(receiver.url("/typed"))).toBeVisible();
    expect((await api.webhooks()).length).toBe(1);
  });

  test("whoever closes the question is not asked again by what was on its way", async ({ page, webhook, events }) => {
    await withoutStream(page);
    await events.open(webhook.id);
    await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
    const go = await hold(page, "**/deliveries?*status=failed*");
    await page.context().clearCookies();
    const [late] = await Promise.all([page.waitForRequest(/status=failed/), events.only("Failed")]);
    await page.getByRole("link", { name: "Overview" }).click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toHaveCount(0);
    go();
    expect((await late.response())?.status()).toBe(401);
    await drawn(page);
    await expect(dialog).toHaveCount(0);
  });

  test("whoever goes on reading is not asked again until they ask for something", async ({ api, page, webhook, events }) => {
    await api.publish();
    await page.clock.install();
    await page.route("**/api/v1/live?*", (route) => route.fulfill({ status: 401, body: "" }));
    await events.open(webhook.id);
    await expect(events.rows).toHaveCount(1);
    await loaded(page);
    await page.context().clearCookies();
    await page.clock.runFor(40_000);
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toHaveCount(0);
    const asked: string[] = [];
    // The code of other pages may still be on its way.
    page.on("request", (request) => {
      if (request.url().includes("/api/")) asked.push(request.url());
    });
    await page.clock.runFor(40_000);
    expect(asked).toEqual([]);
    await expect(dialog).toHaveCount(0);

    await page.unroute("**/api/v1/live?*");
    await events.only("Failed");
    await dialog.getByLabel("Password").fill(ADMIN.password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.locator(".live")).toHaveText("Live");
  });
});

test("an API key is made, shown once, used and revoked; the audit log has it", async ({ page, server }) => {
  await page.goto("/access/api-keys");
  await page.getByRole("button", { name: "New API key" }).click();
  const dialog = page.getByRole("dialog", { name: "New API key" });
  await dialog.getByLabel("Name").fill("billing");
  await dialog.getByRole("radio", { name: /Viewer/ }).check();
  await dialog.getByText("30 days", { exact: true }).click();
  await dialog.getByRole("button", { name: "Create API key" }).click();
  const key = (await page.locator("#shown-once ~ .bar code").textContent()) ?? "";
  expect(key).toMatch(/^hw_[0-9A-Z]{26}_[0-9a-f]{64}$/);
  const call = async () =>
    (await fetch(`${server.url}/api/v1/webhooks`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await call()).toBe(200);
  await page.getByRole("button", { name: "I have stored it" }).click();
  const { items } = (await (await page.request.get("/api/v1/api-keys")).json()) as { items: { name: string; expires_at: string }[] };
  const left = Date.parse(items.find(({ name }) => name === "billing")?.expires_at ?? "") - Date.now();
  expect(Math.round(left / 86_400_000)).toBe(30);
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole("button", { name: "Revoke billing" }).click();
  await answer(page, "Revoke billing?", true);
  await expect(page.getByText("API key revoked")).toBeVisible();
  expect(await call()).toBe(401);
  await page.getByRole("link", { name: "Audit log" }).click();
  await expect(page.getByRole("row", { name: /API key revoked billing api_key\.revoked/ })).toBeVisible();
});

test("the audit log of a webhook is one step away, is searched, and leads back", async ({ page, webhook }) => {
  await page.goto(`/webhooks/${webhook.id}`);
  await page.getByRole("button", { name: /^More actions for/ }).click();
  await page.getByRole("menuitem", { name: "Audit log" }).click();
  const search = page.getByRole("searchbox", { name: "Filter by who, what or address" });
  await expect(search).toHaveValue(webhook.id);
  await expect(page.getByRole("heading", { name: `Audit log of ${webhook.url.slice(7)}` })).toBeVisible();
  const created = page.getByRole("row", { name: /webhook\.created/ });
  await expect(created).toHaveCount(1);
  const widths = () => page.getByRole("columnheader").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
  const before = await widths();
  await created.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText(`"url":"${webhook.url}"`)).toBeVisible();
  expect(await widths()).toEqual(before);
  await search.fill("nobody did this");
  await expect(page.getByText("No entries match")).toBeVisible();
  await search.fill(webhook.id.toLowerCase());
  await created.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}$`));
});

test("a long URL is short in the audit log, and whole in its details", async ({ page, api, receiver }) => {
  const { id, url } = await api.createWebhook({ url: `https://example.com/${"a".repeat(1400)}/end`, secret: receiver.secret });
  await page.goto(`/access/audit-log?q=${id}`);
  const created = page.getByRole("row", { name: /webhook\.created/ });
  await expect(created.getByRole("link")).toHaveText(/^example\.com\/a+…a+\/end$/);
  await expect(created.getByRole("link")).toHaveAttribute("title", url);
  await created.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText(url, { exact: true })).toBeVisible();
});

test("API keys are found by name or by how they begin, and go on", async ({ page, api }) => {
  const prefix = `Page-${Date.now()}`;
  const made: { id: string }[] = [];
  for (let number = 0; number < 51; number += 1) made.push(await api.send("POST", "/api-keys", { name: `${prefix} ${number}`, role: "viewer" }));
  const rows = page.getByRole("table", { name: "API keys" }).locator("tbody tr");
  const search = page.getByRole("searchbox", { name: "Filter by name or start of the key" });
  const said = page.locator("main > p[role=status].vh");
  await page.goto("/access/api-keys");
  await search.fill(`hw_${made[7]?.id}_…`);
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(`${prefix} 7`);
  await expect(rows).toContainText(/Created \d/);
  await expect(said.filter({ hasText: "1 result" })).toHaveCount(1);
  await search.fill(prefix.toUpperCase());
  await expect(page).toHaveURL(`/access/api-keys?q=${prefix.toUpperCase()}`);
  await expect(rows).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(`${prefix} 0`);
  await search.fill("nobody");
  await expect(page.getByRole("heading", { name: "No API keys match" })).toBeVisible();
  await expect(said.filter({ hasText: "Nothing found" })).toHaveCount(1);
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/access/api-keys");
  await expect(search).toHaveValue("");
});

test("the secret of an API key that is searched for stays out of the address and of what is asked", async ({ page, api }) => {
  const { key } = await api.send<{ key: string }>("POST", "/api-keys", { name: `leaked ${Date.now()}`, role: "viewer" });
  const name = key.slice(0, 29);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto("/access/api-keys");
  await page.getByRole("searchbox", { name: "Filter by name or start of the key" }).fill(` ${key}`);
  await expect(page.getByRole("table", { name: "API keys" }).locator("tbody tr")).toHaveCount(1);
  await expect(page).toHaveURL(`/access/api-keys?q=${name}`);
  expect(asked.filter((url) => url.includes(name))).not.toEqual([]);
  expect(asked.filter((url) => url.includes(key.slice(30)))).toEqual([]);
});

test("operators are found by their address, and go on", async ({ page, api }) => {
  const prefix = `page-${Date.now()}`;
  const operator = (at: number) => ({ email: `${prefix}-${at}@example.com`, password: "a first password", role: "viewer" });
  const { id } = await api.send<{ id: string }>("POST", "/operators", operator(0));
  await api.send("POST", "/operators", operator(1));
  const rows = page.getByRole("table", { name: "Operators" }).locator("tbody tr");
  const search = page.getByRole("searchbox", { name: "Filter by e-mail address or ID" });
  const said = page.locator("main > p[role=status].vh");
  await page.goto("/access/operators");
  await search.fill(prefix.toUpperCase());
  await expect(rows).toHaveCount(2);
  await expect(said.filter({ hasText: "2 results" })).toHaveCount(1);
  await search.fill(id.toLowerCase());
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(`${prefix}-0@`);
  await search.fill("nobody");
  await expect(page.getByRole("heading", { name: "No operators match" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL("/access/operators");

  // Pages of one, as a password takes long to hash.
  await page.route("**/api/v1/operators?*", async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set("limit", "1");
    await route.fulfill({ response: await route.fetch({ url: url.href }) });
  });
  await page.goto(`/access/operators?q=${prefix}`);
  await expect(rows).toContainText(`${prefix}-1@`);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(rows).toContainText(`${prefix}-0@`);
  await expect(page.getByRole("link", { name: "Older" })).toHaveCount(0);

  // What was on a later page may go; the way back to the newest stays.
  await api.send("DELETE", `/operators/${id}`);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Nothing more found" })).toBeVisible();
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(page).toHaveURL(`/access/operators?q=${prefix}`);
  await expect(rows).toContainText(`${prefix}-1@`);
});

for (const locale of ["en-US", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("axe finds nothing where operators and API keys are searched, and nothing sticks out", async ({ api, page }) => {
      test.setTimeout(120_000);
      await api.send("POST", "/api-keys", { name: `Cobrança${" de assinaturas".repeat(6)}`, role: "publisher" });
      for (const path of ["/access/operators?q=example", "/access/operators?q=nobody", "/access/api-keys?q=hw_", "/access/api-keys?q=nobody"]) {
        await page.goto(path);
        await expect(page.locator("main .card")).toBeVisible();
        await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
        await look(page, `${locale} access ${path}`);
      }
    });
  });
}

test("an operator is made, and may do what the role says", async ({ page, browser, server }) => {
  await page.goto("/access/operators");
  await page.getByRole("button", { name: "New operator" }).click();
  const dialog = page.getByRole("dialog", { name: "New operator" });
  const email = `viewer-${Date.now()}@example.com`;
  await dialog.getByLabel("E-mail address").fill(email);
  await dialog.getByLabel("Password").fill("a first password");
  await dialog.getByRole("button", { name: "Create operator" }).click();
  await expect(page.getByRole("row", { name: new RegExp(email) })).toContainText("Viewer");
  const context = await browser.newContext({ baseURL: server.url });
  const viewer = await context.newPage();
  const signedIn = await viewer.request.post("/api/v1/session", { data: { email, password: "a first password" } });
  expect(signedIn.status()).toBe(201);
  await viewer.goto("/webhooks");
  await expect(viewer.getByRole("heading", { name: "Webhooks", level: 1 })).toBeVisible();
  await expect(viewer.getByRole("link", { name: "Access" })).toHaveCount(0);
  await context.close();
});

/** What changes something, wherever it stands. */
const CONTROLS = /^(New webhook|New event type|Edit.*|Delete.*|Resend.*|Send test.*|Save changes|Select .*|Run the check-up|Generate|Check this URL)$/;

test.describe("a viewer", () => {
  // Until it is known who this is, a page is asked for already.
  test.use({ expectedErrors: /status of 403/ });

  test("looks at everything, and sees no way to change it", async ({ page, api, webhook, server, receiver }) => {
    test.slow();
    receiver.next({ status: 500 });
    await api.publish();
    await api.until(webhook.id, "failed");
    const failed = (await api.deliveries(webhook.id))[0]?.id;
    const pages = [
      "/webhooks",
      `/webhooks/${webhook.id}`,
      `/webhooks/${webhook.id}/settings`,
      `/webhooks/${webhook.id}/events?status=failed`,
      `/events/${failed}`,
      "/event-types",
      "/tools",
    ];
    /** How many controls each page has once it is loaded. */
    const controls = async () => {
      const counts: number[] = [];
      for (const path of pages) {
        await page.goto(path);
        await expect(page.locator("main h1")).toBeVisible();
        await expect(page.locator("main .card").first()).toBeVisible();
        await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
        await page.locator("details.type > summary").evaluateAll((all) => all.forEach((fold) => (fold as HTMLElement).click()));
        await expect(page.locator("details.type:not(:has(.inside))")).toHaveCount(0);
        await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
        const found = await Promise.all(
          (["button", "link", "checkbox"] as const).map((role) => page.locator("main").getByRole(role, { name: CONTROLS }).count()),
        );
        counts.push(found.reduce((sum, count) => sum + count));
      }
      return counts;
    };
    for (const count of await controls()) expect(count).toBeGreaterThan(0);

    const viewer = { email: `viewer-${Date.now()}@example.com`, password: "a password to look with" };
    await api.send("POST", "/operators", { ...viewer, role: "viewer" });
    // An open page would go on asking, with another session.
    await page.goto("about:blank");
    await page.context().clearCookies();
    expect((await page.request.post("/api/v1/session", { data: viewer })).status()).toBe(201);
    expect(await controls()).toEqual(pages.map(() => 0));

    await page.goto(`/webhooks/${webhook.id}/settings`);
    await expect(page.getByRole("region", { name: "Settings" })).toContainText("Time limit in milliseconds");
    await page.goto("/webhooks");
    await expect(page.getByRole("heading", { name: "Webhooks", level: 1 })).toBeVisible();
    await page.keyboard.press("n");
    await expect(page).toHaveURL(`${server.url}/webhooks`);
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog");
    await expect(sheet).toContainText("Next row");
    await expect(sheet).not.toContainText("New webhook");
    for (const path of ["/webhooks/new", `/webhooks/${webhook.id}/edit`, "/access/operators", "/access/api-keys", "/access/audit-log"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your role does not allow this");
    }
    // No role would open this one.
    await page.goto("/account/tenants");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
  });
});

test("heading and tabs stay where they are from tab to tab", async ({ page }) => {
  const places = [];
  for (const tab of ["operators", "api-keys", "audit-log"]) {
    await page.goto(`/access/${tab}`);
    await expect(page.locator("main table")).toBeVisible();
    places.push([await page.locator("main h1").boundingBox(), await page.locator("main .tabs").boundingBox()]);
  }
  expect(places[1]).toEqual(places[0]);
  expect(places[2]).toEqual(places[0]);
});
