import { drawn } from "../fixtures/drawn.ts";
import { look } from "../fixtures/look.ts";
import { hold, unavailable, withoutStream } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

test("a placeholder stands where something is still loading", async ({ webhook, webhooks, page }) => {
  const go = await hold(page, "**/api/v1/webhooks?*");
  await webhooks.open();
  const placeholder = page.locator("[aria-busy=true]");
  await expect(placeholder).toBeVisible();
  await expect(placeholder.getByRole("status")).toHaveText("Loading");
  go();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(placeholder).toHaveCount(0);
});

test("what comes on a slow line is said before any of the portal's code is there", async ({ webhooks, page }) => {
  const go = await hold(page, "**/web_bg.wasm");
  await page.goto("/webhooks", { waitUntil: "commit" });
  await expect(page.locator("#starting")).toHaveText(/Hookwright\s+Loading… \/ Carregando…/);
  await expect(page.locator("#starting")).toBeVisible();
  go();
  await expect(webhooks.heading).toBeVisible();
  await expect(page.locator("#starting")).toHaveCount(0);
});

test("a placeholder stands where the code of a page is still loading", async ({ webhook, events, page }) => {
  const go = await hold(page, "**/split_*.wasm");
  await events.open(webhook.id);
  await expect(page.getByRole("link", { name: "Tools" })).toBeVisible();
  await expect(page.locator("main [aria-busy=true]")).toBeVisible();
  go();
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
});

test("a page in a tab that nobody looks at is made all the same", async ({ api, webhook, events, page }) => {
  await api.publish();
  await page.addInitScript(() => {
    Object.defineProperty(Document.prototype, "hidden", { get: () => true });
    // Browsers draw no frame there.
    globalThis.requestAnimationFrame = () => 0;
  });
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(1);
});

test("a webhook without events says that there are none yet", async ({ webhook, events, page }) => {
  await events.open(webhook.id);
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  await expect(page).toHaveTitle(/^Events of 127\.0\.0\.1:\d+\/hooks · Hookwright$/);
});

test.describe("when the API fails", () => {
  test.use({ expectedErrors: /the server responded with a status of 503|net::ERR_FAILED/ });

  for (const [name, path, headline, api] of [
    ["webhooks list", "/webhooks", "Couldn't load webhooks", "**/api/v1/webhooks?*"],
    ["events list", "/webhooks/ID/events", "Couldn't load events", "**/api/v1/webhooks/*/deliveries?*"],
    ["event's details", "/events/ID", "Couldn't load this event", "**/api/v1/deliveries/*"],
  ] as const) {
    test(`the ${name} says so, and loads when asked again`, async ({ api: server, webhook, page, receiver }) => {
      await server.publish();
      await receiver.reached(1);
      const id = path.startsWith("/events") ? (await server.deliveries(webhook.id))[0]?.id : webhook.id;
      await withoutStream(page);
      await page.route(api, unavailable);
      await page.goto(path.replace("ID", id ?? ""));
      const alert = page.getByRole("alert").filter({ hasText: headline });
      await expect(alert).toContainText("The database is away. Try again in a moment.");
      await expect(alert).toContainText("req_7Q2");
      await expect(page.getByRole("heading", { level: 1 })).not.toContainText("Couldn't");
      await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
      await page.unroute(api);
      await alert.getByRole("button", { name: "Try again" }).click();
      await expect(alert).toHaveCount(0);
      const shown = name === "webhooks list" ? webhook.url : "TRANSACTION.TRANSACTIONSTATUSUPDATED";
      await expect(page.locator("main h1, main td").filter({ hasText: shown }).first()).toBeVisible();
    });
  }

  test("the form of a webhook opens at once, and says there what could not be loaded", async ({ webhook, webhooks, form, page }) => {
    await withoutStream(page);
    await webhooks.open();
    await page.route(`**/api/v1/webhooks/${webhook.id}`, unavailable);
    await webhooks.edit(webhook.url).click();
    await expect(form.dialog.getByRole("heading", { name: "Couldn't load the webhook" })).toBeVisible();
    await page.unroute(`**/api/v1/webhooks/${webhook.id}`);
    await form.dialog.getByRole("button", { name: "Try again" }).click();
    await expect(form.url).toBeFocused();
    await expect(form.url).toHaveValue(webhook.url);
    await page.keyboard.press("Escape");
    await expect(form.dialog).toHaveCount(0);
    await expect(webhooks.edit(webhook.url)).toBeFocused();
  });

  test("what stands in the place of another event has a heading", async ({ api, webhook, event, receiver, page }) => {
    const other = await api.createWebhook({ url: receiver.url("/other"), secret: receiver.secret });
    await api.publish();
    await receiver.reached(2);
    const [here, there] = [await api.deliveries(webhook.id), await api.deliveries(other.id)];
    await page.goto(`/events/${here[0]?.id}`);
    await expect(event.heading).toBeVisible();
    await page.route(`**/api/v1/deliveries/${there[0]?.id}`, unavailable);
    await page.locator("summary", { hasText: "This event at each webhook" }).click();
    await page.locator(`main a[href$="${there[0]?.id}"]`).click();
    await expect(page.getByRole("heading", { name: "Couldn't load this event" })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Event");
  });

  test("a server that is away for a moment is asked again, and nobody is told", async ({ webhook, webhooks, page }) => {
    let refusals = 2;
    await page.route("**/api/v1/webhooks?*", (route) => (refusals-- > 0 ? unavailable(route) : route.continue()));
    await page.addInitScript(() => {
      const state = Object.assign(window, { alerted: false });
      const watch = () => (state.alerted ||= document.querySelector("main [role=alert]:not(:empty)") !== null);
      new MutationObserver(watch).observe(document, { childList: true, subtree: true });
    });
    await webhooks.open();
    await expect(webhooks.row(webhook.url)).toBeVisible();
    expect(refusals).toBeLessThan(0);
    expect(await page.evaluate(() => (window as { alerted?: boolean }).alerted)).toBe(false);
  });

  test("who is signed in cannot be found out: the page says so in its heading", async ({ page }) => {
    await page.route("**/api/v1/session", (route) => route.fulfill({ status: 503, body: "" }));
    await page.goto("/webhooks");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Couldn't find out whether you are signed in");
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Webhooks");
  });

  test("a webhook whose answer was lost is not made twice", async ({ form, page, api }) => {
    let isLost = false;
    await page.route("**/api/v1/webhooks", async (route) => {
      if (route.request().method() !== "POST" || isLost) return route.continue();
      isLost = true;
      await route.fetch();
      await route.abort();
    });
    await form.send("https://example.com/hooks");
    await expect(form.alert).toContainText("Couldn't save the webhook.");
    expect(await api.webhooks()).toHaveLength(1);
    await form.save();
    expect(await api.webhooks()).toHaveLength(1);
  });

  test("an answer that comes when its dialog was closed is taken all the same", async ({ webhook, webhooks, page }) => {
    const go = await hold(page, `**/api/v1/webhooks/${webhook.id}`, "DELETE");
    await webhooks.open();
    await webhooks.delete(webhook.url).click();
    await webhooks.dialog.getByRole("button", { name: "Delete webhook" }).click();
    await page.keyboard.press("Escape");
    await expect(webhooks.dialog).toHaveCount(0);
    go();
    await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
    await webhooks.new.click();
    await expect(webhooks.dialog).toBeVisible();
  });

  test("a form that could not be saved keeps what was typed", async ({ form, page, api }) => {
    await page.route("**/api/v1/webhooks", unavailable);
    await form.send("https://example.com/hooks");
    await expect(form.alert).toContainText("Couldn't save the webhook. The database is away.");
    await expect(form.url).toHaveValue("https://example.com/hooks");
    expect(await api.webhooks()).toHaveLength(0);
  });
});

test.describe("when the code of a page does not come", () => {
  test.use({ expectedErrors: /net::ERR_FAILED|Failed to fetch/ });

  test("the page says so, and comes when asked again", async ({ webhook, webhooks, page }) => {
    await withoutStream(page);
    await page.route("**/split_*.wasm", (route) => route.abort());
    await webhooks.open();
    await webhooks.viewEvents(webhook.url).click();
    await expect(page.getByRole("heading", { name: "Couldn't load this page" })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Events");
    await expect(page).toHaveTitle("Events · Hookwright");
    await page.unroute("**/split_*.wasm");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  });

  test("the page comes by itself when the server is back", async ({ webhook, events, page }) => {
    const away = ["**/api/v1/live?*", "**/split_*.wasm"];
    for (const path of away) await page.route(path, (route) => route.abort());
    await events.open(webhook.id);
    await expect(page.getByRole("heading", { name: "Couldn't load this page" })).toBeVisible();
    for (const path of away) await page.unroute(path);
    await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  });
});

test("an address where nothing is says so", async ({ page }) => {
  await page.goto("/no/such/page");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
  await expect(page).toHaveTitle("There's nothing at this address · Hookwright");
  await page.getByRole("link", { name: "Go to webhooks" }).click();
  await expect(page).toHaveURL(/\/webhooks$/);
});

test.describe("with an id that nothing has", () => {
  test.use({ expectedErrors: /the server responded with a status of 4\d\d/ });
  for (const path of ["/webhooks/01ARZ3NDEKTSV4RRFFQ69G5FAV/events", "/events/nonsense", "/webhooks/nonsense/events"]) {
    test(`${path} says that nothing is there`, async ({ page }) => {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
      await expect(page).toHaveTitle("There's nothing at this address · Hookwright");
    });
  }
});

test.describe("when a page breaks", () => {
  test.use({ expectedErrors: /panicked|unreachable|typed by somebody/ });

  test("it says so, offers the details, and tells the server once, without what was typed", async ({ webhook, webhooks, page }) => {
    await webhooks.open();
    await webhooks.search.fill("127.0.0.1");
    await expect(webhooks.rows).toHaveCount(1);
    const answered = page.waitForResponse("**/api/v1/client-errors");
    await page.evaluate(() => {
      // What a beacon sends, the browser's own tools do not show.
      const reports: Promise<string>[] = Object.assign(window, { reports: [] }).reports;
      const send = navigator.sendBeacon.bind(navigator);
      navigator.sendBeacon = (url, body) => reports.push((body as Blob).text()) > 0 && send(url, body);
      for (const name of ["createElement", "createElementNS"] as const) {
        document[name] = () => {
          throw new Error("typed by somebody");
        };
      }
    });
    await webhooks.viewEvents(webhook.url).click();
    await expect(page.getByRole("alert").filter({ hasText: "Something went wrong on this page." })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Copy details/ })).toHaveAttribute("value", /panicked at .*\.rs/);
    expect((await answered).status()).toBe(204);
    await page.keyboard.press("/");
    const reports = await page.evaluate(() => Promise.all((window as unknown as { reports: Promise<string>[] }).reports));
    expect(reports).toHaveLength(1);
    const { message, location, page: pattern, build } = JSON.parse(reports[0] ?? "{}") as Record<string, string>;
    expect(location).toMatch(/\.rs:\d+:\d+$/);
    expect(pattern).toMatch(/^\/webhooks(\/:id\/events)?$/);
    expect(build).toMatch(/^\/.+\.js$/);
    expect(message).toBe("called `Result::unwrap()` on an `Err` value");
    for (const secret of ["typed by somebody", "127.0.0.1", webhook.id]) expect(reports[0]).not.toContain(secret);
    // Where nothing can be copied, the details are there to be read.
    await page.evaluate(() => Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error("no clipboard")) }));
    await page.getByRole("button", { name: /^Copy details/ }).click();
    await expect(page.getByLabel("Details / Detalhes", { exact: true })).toBeFocused();
  });
});

test("what cannot be copied says so beside the button, also in a dialog", async ({ form, page }) => {
  await form.send("https://example.com/hooks");
  const dialog = page.getByRole("dialog", { name: "Webhook created" });
  await page.evaluate(() => Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error("no clipboard")) }));
  await dialog.getByRole("button", { name: "Copy secret" }).click();
  await expect(dialog.getByRole("status").filter({ hasText: "Select the text and copy it by hand." })).toBeVisible();
  await look(page, "copying failed");
});

test.describe("at an address that leads nowhere", () => {
  test.use({ expectedErrors: /the server responded with a status of 40[04]/ });

  test("the form of a webhook that is not there says so, and leads to the list", async ({ webhook, webhooks, form, page }) => {
    for (const id of ["nope", "01M8GX7TPMZPYQ7N41J01J3RVY"]) {
      await form.openEdit(id);
      const dialog = page.getByRole("dialog", { name: "There is no such webhook" });
      await dialog.locator("footer").getByRole("button", { name: "Close" }).click();
      await expect(page).toHaveURL(/\/webhooks$/);
      await expect(webhooks.row(webhook.url)).toBeVisible();
    }
  });

  test("a page that no cursor leads to offers the newest, as narrowed as it is", async ({ api, webhook, events, page }) => {
    await api.publish();
    await api.until(webhook.id, "delivered");
    await page.goto("/events?status=delivered&after=garbage");
    await page.getByRole("alert").getByRole("link", { name: "Newest" }).click();
    await expect(events.rows.first()).toContainText("Delivered");
    await expect(page).toHaveURL(/\/events\?status=delivered$/);
  });
});

test.describe("when the connection comes and goes", () => {
  test.use({ expectedErrors: /net::ERR_INTERNET_DISCONNECTED|the server responded with a status of 503/ });

  test("a reader who is offline is told since when", async ({ webhook, webhooks, page }) => {
    await webhooks.open();
    await expect(webhooks.row(webhook.url)).toBeVisible();
    const note = page.getByText(/^You're offline\. Showing what was loaded at \d\d:\d\d/);
    await page.context().setOffline(true);
    await expect(note).toBeVisible();
    await expect(webhooks.rows).toHaveCount(1);
    await page.context().setOffline(false);
    await expect(note).toHaveCount(0);
  });

  test("who is offline is not told that the page is live, even where the stream has not noticed yet", async ({ webhooks, page }) => {
    await webhooks.open();
    await expect(page.locator(".live")).toHaveText("Live");
    await page.evaluate(() => dispatchEvent(new Event("offline")));
    await expect(page.locator(".live")).toHaveText("Reconnecting…");
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await expect(page.locator(".live")).toHaveText("Live");
  });

  test("what failed cannot be resent offline, and whoever tries is told so", async ({ api, webhook, event, receiver, page }) => {
    receiver.next({ status: 500 });
    await api.publish();
    await api.until(webhook.id, "failed");
    await event.open((await api.deliveries(webhook.id))[0]?.id ?? "");
    await expect(event.resend).toHaveAttribute("aria-disabled", "false");
    await page.context().setOffline(true);
    await expect(event.resend).toHaveAttribute("aria-disabled", "true");
    await event.resend.press("Enter");
    await expect(page.locator(".toasts").getByRole("alert")).toContainText("You're offline.");
    await page.context().setOffline(false);
    await expect(event.resend).toHaveAttribute("aria-disabled", "false");
  });

  test("offline, the pages of a webhook keep its heading and the way between them, and nothing is resent", async ({ api, webhook, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publish();
    await api.until(webhook.id, "failed");
    await page.goto(`/webhooks/${webhook.id}/events`);
    const tabs = page.getByRole("navigation", { name: "Webhook", exact: true });
    await tabs.getByRole("link", { name: "Overview" }).click();
    const resend = page.getByRole("link", { name: "Resend these events…" });
    await expect(resend).toHaveAttribute("href", /resend=all/);
    await page.context().setOffline(true);
    await expect(resend).toHaveAttribute("aria-disabled", "true");
    await resend.press("Enter");
    await expect(page).toHaveURL(`/webhooks/${webhook.id}`);
    await tabs.getByRole("link", { name: "Events" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Couldn't load events" })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("/hooks");
    await tabs.getByRole("link", { name: "Overview" }).click();
    const alert = page.getByRole("alert").filter({ hasText: "Couldn't load the figures" });
    await expect(alert).toBeVisible();
    await page.context().setOffline(false);
    await expect(resend).toHaveAttribute("href", /resend=all/);
  });

  test("what cannot be sent offline stays, says why, and is sent when asked again", async ({ api, webhook, form, webhooks, page }) => {
    await webhooks.open();
    await webhooks.edit(webhook.url).click();
    await form.openAdvanced();
    await form.field("Description").fill("typed before the line broke");
    await page.context().setOffline(true);
    await form.submit.click();
    await expect(form.alert).toContainText("Couldn't save the webhook. You're offline. Try again when the connection is back.");
    await expect(form.field("Description")).toHaveValue("typed before the line broke");
    await page.context().setOffline(false);
    await form.save();
    expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description: "typed before the line broke" });
    await page.context().setOffline(true);
    const menu = await webhooks.openMenu(webhook.url);
    await menu.getByRole("menuitem", { name: "Send test" }).click();
    await expect(page.locator(".toasts").getByRole("alert")).toContainText("You're offline.");
  });

  test("what could not be loaded comes by itself when the server is back", async ({ api, webhook, events, page }) => {
    await api.publish();
    const away = ["**/api/v1/live?*", "**/api/v1/webhooks/*/deliveries*"];
    for (const path of away) await page.route(path, (route) => route.fulfill({ status: 503, body: "" }));
    await page.clock.install();
    await events.open(webhook.id);
    await expect(page.getByRole("heading", { name: "Couldn't load events" })).toBeVisible();
    for (const path of away) await page.unroute(path);
    await expect(async () => {
      await page.clock.runFor(2_000);
      await expect(events.rows).toHaveCount(1, { timeout: 500 });
    }).toPass();
  });

  for (const [name, isNew] of [["another portal", true], ["the same portal", false]] as const) {
    test(`a server that comes back with ${name} is ${isNew ? "" : "not "}offered anew`, async ({ webhook, webhooks, server, page }) => {
      await page.route("**/api/v1/live?*", (route) => route.fulfill({ status: 503, body: "" }));
      await webhooks.open();
      await expect(webhooks.row(webhook.url)).toBeVisible();
      await expect(page.getByText("Reconnecting…")).toBeAttached();
      if (isNew) await page.route(`${server.url}/`, (route) => route.fulfill({ body: "<title>A newer portal</title>" }));
      const looked = page.waitForResponse(`${server.url}/`);
      await page.unroute("**/api/v1/live?*");
      await (await looked).finished();
      const note = page.getByText("A new version of the portal is available.");
      // The portal has its answer, and has drawn what follows from it.
      const fetched = () => performance.getEntriesByType("resource").some((one) => new URL(one.name).pathname === "/");
      await page.waitForFunction(fetched);
      await drawn(page);
      await expect(note).toHaveCount(isNew ? 1 : 0);
      if (!isNew) return;
      await page.unroute(`${server.url}/`);
      await page.getByRole("button", { name: "Reload" }).click();
      await expect(note).toHaveCount(0);
      await expect(webhooks.row(webhook.url)).toBeVisible();
    });
  }
});
