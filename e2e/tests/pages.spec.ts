// Event types, settings, languages, shortcuts.

import { expect, test } from "../fixtures/test.ts";

test("the catalogue shows each type with its example, and sends it", async ({ webhook, receiver, page }) => {
  await page.goto("/event-types");
  const types = page.locator("details.type");
  await expect(types).toHaveCount(10);
  await page.getByRole("searchbox").fill("face");
  await expect(types).toHaveCount(1);
  await types.locator("summary").click();
  await expect(types).toContainText("1 active webhook");
  await expect(types.getByRole("region", { name: "Example" }).last()).toContainText("FACEAUTHENTICATIONEVENT");
  await types.getByRole("button", { name: "Send test" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("combobox")).toHaveValue(webhook.id);
  await dialog.getByRole("button", { name: "Send test" }).click();
  await expect(dialog).toContainText("Your server responded with 200");
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });
  expect(JSON.parse(receiver.last.body.toString())).toMatchObject({ source: "SMARTAUTH", type: "FACEAUTHENTICATIONEVENT" });
});

test("a test event from an empty list arrives and shows without leaving the page", async ({ webhook, events, receiver, page }) => {
  await events.open(webhook.id);
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  await page.locator("section.empty").getByRole("button", { name: "Send test" }).click();
  await receiver.reached(1);
  await expect(events.rows.first()).toContainText("Delivered");
});

test("the language is chosen, kept, and asked for in the URL", async ({ webhooks, page }) => {
  await page.goto("/settings");
  await page.getByText("Português", { exact: true }).click();
  await expect(page.getByRole("heading", { name: "Configurações", level: 1 })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await webhooks.open();
  await expect(page.getByRole("heading", { name: "Nenhum webhook ainda" })).toBeVisible();
  await page.goto("/webhooks?lang=en");
  await expect(webhooks.heading).toBeVisible();
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
});

test.describe("a browser that prefers Portuguese", () => {
  test.use({ locale: "pt-BR" });
  test("gets Portuguese", async ({ page }) => {
    await page.goto("/webhooks");
    await expect(page.getByRole("link", { name: "Novo webhook" }).first()).toBeVisible();
  });
});

test.describe("far from UTC", () => {
  test.use({ timezoneId: "America/Sao_Paulo" });
  test("theme and time zone are kept", async ({ api, webhook, events, page }) => {
    await page.goto("/settings");
    await page.getByText("Dark", { exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await page.getByText("UTC", { exact: true }).click();
    await page.reload();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await expect(page.getByRole("radio", { name: "UTC", exact: true })).toBeChecked();
    await api.publish();
    await api.until(webhook.id, "delivered");
    await events.open(webhook.id);
    const time = events.rows.first().locator("time");
    const instant = new Date((await time.getAttribute("datetime")) ?? "");
    await expect(time).toContainText(instant.toISOString().slice(11, 19));
    await expect(page.getByRole("banner")).toContainText("Times in UTC");
    await events.openFirst();
    const occurred = page.locator("dd", { has: page.locator("time") });
    await expect(occurred).toHaveText(/^[^,]+, \d\d:\d\d:\d\d UTC$/);
    await page.goto("/settings");
    await page.getByText(/^My time zone/).click();
    await page.goBack();
    // Where it is the same day, it stands there once.
    await expect(occurred).toHaveText(/^[^,]+, \d\d:\d\d:\d\d \(([^,]+, )?\d\d:\d\d:\d\d UTC\)$/);
    await expect(page.getByRole("banner")).not.toContainText("UTC");
  });
});

test("shortcuts lead around, are listed, and can be switched off", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await expect(webhooks.heading).toBeVisible();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/\/events$/);
  await expect(page.getByRole("heading", { name: "Events", level: 1 })).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  // In a field, keys are text.
  await page.keyboard.type("gw?n");
  await expect(page.getByRole("searchbox")).toHaveValue("gw?n");
  await page.goto("/settings");
  await page.getByRole("switch", { name: /^Keyboard shortcuts/ }).uncheck();
  await page.locator("main h1").focus();
  await page.keyboard.press("n");
  await page.keyboard.press("?");
  await expect(form.dialog).toHaveCount(0);
  await expect(page).toHaveURL(/\/settings$/);
});
