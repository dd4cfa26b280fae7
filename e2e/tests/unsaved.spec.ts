// What was typed and not saved is not lost without a question, and a form leaves the list behind it as it was.

import { discard } from "../fixtures/question.ts";
import { hold, unavailable } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

const URL = "https://example.com/hooks";

test("Escape asks every time, and so does Cancel; Escape is no answer but No", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await form.url.pressSequentially(URL);
  for (let press = 1; press <= 3; press += 1) {
    await page.keyboard.press("Escape");
    await discard(page, false);
    await expect(form.url).toHaveValue(URL);
    await expect(form.url).toBeFocused();
  }
  const question = page.getByRole("dialog", { name: "Discard your changes?" });
  for (let press = 1; press <= 3; press += 1) {
    await page.keyboard.press("Escape");
    await expect(question).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(question).toHaveCount(0);
    await expect(form.url).toBeFocused();
  }
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await discard(page, false);
  await page.keyboard.press("Escape");
  await discard(page, true);
  await expect(form.dialog).toHaveCount(0);
});

test("Back and a reload ask before a form in a dialog goes", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await form.url.pressSequentially(URL);
  await page.goBack();
  await discard(page, false);
  await expect(form.url).toHaveValue(URL);
  await expect(page).toHaveURL(/\/webhooks\/new$/);
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.reload()));
  await (await asked).dismiss();
  await expect(form.url).toHaveValue(URL);
  await page.goBack();
  // Pressed again instead of an answer, it asks the same.
  await page.goBack();
  await discard(page, true);
  await expect(form.dialog).toHaveCount(0);
  await expect(page).toHaveURL(/\/webhooks$/);
  await webhooks.new.click();
  await expect(form.url).toHaveValue("");
});

test("Back and Forward lead where they were pressed to lead, after a yes", async ({ webhook, webhooks, page }) => {
  const settings = `/webhooks/${webhook.id}/settings`;
  await webhooks.open();
  await page.getByRole("link", { name: "Tools" }).click();
  await expect(page).toHaveURL(/\/tools$/);
  await page.goto(settings);
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}$`));
  await page.goBack();
  await page.locator("#url").pressSequentially("typed");
  await page.goForward();
  await discard(page, false);
  await expect(page).toHaveURL(settings);
  await page.getByRole("link", { name: "Event types" }).click();
  await discard(page, true);
  await expect(page).toHaveURL(/\/event-types$/);
  await page.goBack();
  await expect(page.locator("#url")).toHaveValue(webhook.url);
  await page.locator("#url").pressSequentially("typed");
  await page.goForward();
  await discard(page, true);
  await expect(page).toHaveURL(/\/event-types$/);
  await expect(page.getByRole("heading", { name: "Event types" })).toBeVisible();
});

test("links, tabs and shortcuts ask before the settings go, and saved ones ask nothing", async ({ webhook, page }) => {
  await page.goto(`/webhooks/${webhook.id}/settings`);
  const description = page.locator("#description");
  await page.getByText("Description and delivery").click();
  await description.fill("changed");
  const shortcut = async () => {
    await page.getByRole("heading", { level: 1 }).focus();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
  };
  const ways = [
    () => page.getByRole("link", { name: "Overview" }).click(),
    () => page.getByRole("link", { name: "Tools" }).click(),
    shortcut,
  ];
  for (const go of ways) {
    await go();
    await discard(page, false);
    await expect(description).toHaveValue("changed");
  }
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".toasts")).toContainText("Changes saved");
  await page.getByRole("link", { name: "Tools" }).click();
  await expect(page).toHaveURL(/\/tools$/);
  await page.goBack();
  await page.locator("#url").pressSequentially("typed");
  await shortcut();
  await discard(page, true);
  await expect(page).toHaveURL(/\/events$/);
  await expect(page.getByRole("heading", { name: "Events", level: 1 })).toBeFocused();
});

test("what is typed while the settings are being saved stays, and is saved next", async ({ api, webhook, page }) => {
  await page.goto(`/webhooks/${webhook.id}/settings`);
  const description = page.locator("#description");
  await page.getByText("Description and delivery").click();
  await description.fill("first");
  const save = page.getByRole("button", { name: "Save changes" });
  const go = await hold(page, "**/api/v1/webhooks/*", "PATCH");
  await save.click();
  await description.fill("first and second");
  go();
  await expect(page.locator(".toasts")).toContainText("Changes saved");
  await expect(description).toHaveValue("first and second");
  await page.getByRole("link", { name: "Tools" }).click();
  await discard(page, false);
  const saved = page.waitForResponse((response) => response.request().method() === "PATCH");
  await save.click();
  await saved;
  // While it is being saved, the button says so.
  await expect(save).toBeVisible();
  await page.getByRole("link", { name: "Tools" }).click();
  await expect(page).toHaveURL(/\/tools$/);
  expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description: "first and second", version: webhook.version + 2 });
});

test("a dialog in which somebody goes on typing while it is being saved stays open", async ({ api, webhook, form, page }) => {
  await form.openEdit(webhook.id);
  await form.openAdvanced();
  await form.field("Description").fill("first");
  const go = await hold(page, "**/api/v1/webhooks/*", "PATCH");
  await form.submit.click();
  await form.field("Description").fill("first and second");
  go();
  await expect(form.submit).toHaveText("Save changes");
  await expect(form.dialog.locator("footer").getByRole("status")).toHaveText("Changes saved");
  await expect(form.field("Description")).toHaveValue("first and second");
  await form.save();
  expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description: "first and second" });
});

test("what is being saved cannot be discarded: who leaves is asked nothing, and told that it was saved", async ({ api, webhook, form, page }) => {
  const ways = [
    ["in the dialog", () => form.openEdit(webhook.id), () => form.dialog.getByRole("button", { name: "Cancel" }).click()],
    ["on the page", () => page.goto(`/webhooks/${webhook.id}/settings`), () => page.getByRole("link", { name: "Tools" }).click()],
  ] as const;
  for (const [description, open, leave] of ways) {
    await open();
    await page.getByText("Description and delivery").click();
    await page.locator("#description").fill(description);
    const go = await hold(page, "**/api/v1/webhooks/*", "PATCH");
    await page.getByRole("button", { name: "Save changes" }).click();
    await leave();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    go();
    await expect(page.locator(".toasts")).toContainText("Changes saved");
    expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description });
    await page.unrouteAll();
  }
});

test("a tab in which something is being saved is not closed without a question", async ({ api, webhook, form, page }) => {
  await form.openEdit(webhook.id);
  await form.url.fill(URL);
  const go = await hold(page, "**/api/v1/webhooks/*", "PATCH");
  await form.submit.click();
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.reload()));
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();
  go();
  await expect(form.dialog).toHaveCount(0);
  expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ url: URL });
});

test.describe("with an answer that is an error", () => {
  test.use({ expectedErrors: /status of 503/ });

  test("who leaves while it is being saved is told that it was not; who stays is asked before it goes", async ({ webhook, form, page }) => {
    const fail = async (leaves: boolean) => {
      let go = () => {};
      const held = new Promise<void>((resolve) => (go = resolve));
      await page.route("**/api/v1/webhooks/*", async (route) => {
        if (route.request().method() !== "PATCH") return route.continue();
        await held;
        await unavailable(route);
      });
      await form.openEdit(webhook.id);
      await form.url.fill(URL);
      await form.submit.click();
      if (leaves) await form.dialog.getByRole("button", { name: "Cancel" }).click();
      go();
    };
    await fail(false);
    await expect(form.alert).toContainText("Couldn't save the webhook.");
    await form.dialog.getByRole("button", { name: "Cancel" }).click();
    await discard(page, true);
    await expect(form.dialog).toHaveCount(0);
    await page.unrouteAll();
    await fail(true);
    await expect(form.dialog).toHaveCount(0);
    await expect(page.locator(".toasts").getByRole("alert")).toContainText("Couldn't save the webhook.");
  });
});

test("who leaves a new webhook while it is being created is told that it was", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await form.url.fill(URL);
  await form.secret.fill("long enough to sign with");
  const go = await hold(page, "**/api/v1/webhooks", "POST");
  await form.submit.click();
  await page.keyboard.press("Escape");
  await expect(form.dialog).toHaveCount(0);
  go();
  const told = page.locator(".toasts").getByRole("status");
  await expect(told).toContainText("Webhook created");
  await told.getByRole("link").click();
  await expect(page).toHaveURL(/\/webhooks\/\w{26}\/settings$/);
  await expect(page.locator("#url")).toHaveValue(URL);
});

test("nothing is typed into a new webhook while it is being created, and its secret is shown as it was sent", async ({ form, page }) => {
  await form.openNew();
  await form.url.fill(URL);
  await form.secret.fill("long enough to sign with");
  const go = await hold(page, "**/api/v1/webhooks", "POST");
  await form.submit.click();
  await form.secret.focus();
  await page.keyboard.type("typed too late");
  go();
  await expect(page.getByRole("dialog", { name: "Webhook created" }).locator("code")).toHaveText("long enough to sign with");
});

for (const [name, path, field] of [
  ["an operator", "/access/operators", "E-mail"],
  ["an API key", "/access/api-keys", "Name"],
] as const) {
  test(`the form for ${name} asks too`, async ({ page }) => {
    await page.goto(path);
    const dialog = page.getByRole("dialog");
    await page.locator(".head .btn.primary").click();
    await dialog.getByLabel(field).fill("a@example.com");
    const ways = [() => page.keyboard.press("Escape"), () => dialog.getByRole("button", { name: "Cancel" }).click()];
    for (const go of ways) {
      await go();
      await discard(page, false);
    }
    await expect(dialog.getByLabel(field)).toHaveValue("a@example.com");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await discard(page, true);
    await expect(dialog).toHaveCount(0);
  });
}

test("a form over a narrowed list leaves it narrowed, and Back does not open it again", async ({ api, webhook, webhooks, form, receiver, page }) => {
  const url = receiver.url("/acme");
  await api.createWebhook({ url, secret: receiver.secret });
  await page.goto("/event-types");
  await page.getByRole("link", { name: "Webhooks" }).first().click();
  await webhooks.search.fill("acme");
  await expect(page).toHaveURL(/\?q=acme$/);
  await expect(webhooks.row(webhook.url)).toHaveCount(0);
  await webhooks.edit(url).click();
  await expect(form.url).toHaveValue(url);
  await expect(page).toHaveURL(/\/edit\?q=acme$/);
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks\?q=acme$/);
  await expect(webhooks.edit(url)).toBeFocused();
  await page.goBack();
  await expect(page).toHaveURL(/\/event-types$/);
  await expect(form.dialog).toHaveCount(0);

  // Opened by its address, it leads to the list.
  await page.goto("/webhooks/new?q=acme");
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks\?q=acme$/);
  await expect(webhooks.row(url)).toBeVisible();
});

test("the search of the catalogue stands in the URL", async ({ page }) => {
  await page.goto("/event-types");
  const search = page.getByRole("searchbox");
  await search.fill("Profile");
  await expect(page).toHaveURL(/\/event-types\?q=Profile$/);
  const count = await page.locator(".type").count();
  await page.reload();
  await expect(search).toHaveValue("Profile");
  await expect(page.locator(".type")).toHaveCount(count);
});
