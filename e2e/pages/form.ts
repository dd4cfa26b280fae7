import type { Locator, Page } from "@playwright/test";

/** The dialog for a new webhook, or for changing one. */
export class WebhookForm {
  readonly dialog: Locator;
  readonly url: Locator;
  readonly secret: Locator;
  readonly active: Locator;
  readonly submit: Locator;
  readonly done: Locator;
  readonly alert: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole("dialog");
    this.url = this.dialog.getByRole("textbox", { name: "Payload URL" });
    this.secret = this.dialog.getByLabel("Secret", { exact: true });
    this.active = this.dialog.getByRole("switch", { name: /^Active/ });
    this.submit = this.dialog.getByRole("button", { name: /^(Create webhook|Save changes)$/ });
    this.done = page.getByRole("dialog", { name: "Webhook created" }).getByRole("button", { name: "Done" });
    this.alert = this.dialog.getByRole("alert");
  }

  async openNew(): Promise<void> {
    await this.page.goto("/webhooks/new");
  }

  async openEdit(id: string): Promise<void> {
    await this.page.goto(`/webhooks/${id}/edit`);
  }

  field(label: string | RegExp): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  /** Chooses a kind of authentication. The radio buttons themselves are not visible: their labels are what is clicked. */
  async authenticate(kind: "None" | "Basic" | "API key"): Promise<void> {
    await this.dialog.getByText(kind, { exact: true }).click();
  }

  async everything(): Promise<void> {
    await this.dialog.getByRole("radio", { name: "Send me everything" }).check();
  }

  async only(...types: string[]): Promise<void> {
    await this.dialog.getByRole("radio", { name: "Let me select individual events" }).check();
    for (const type of types) {
      const box = this.dialog.getByRole("checkbox", { name: type });
      if (!(await box.isVisible())) await this.group(type.split(".")[0] ?? "").click();
      await box.check();
    }
  }

  /** The line that opens and closes the types of a source. */
  group(source: string): Locator {
    return this.dialog.locator("summary", { hasText: source });
  }

  async openAdvanced(): Promise<void> {
    await this.dialog.getByText("Description and delivery").click();
  }

  /** Opens the form for a new webhook, and sends it with what must be filled in. */
  async send(url: string): Promise<void> {
    await this.openNew();
    await this.url.fill(url);
    await this.secret.fill("long enough to sign with");
    await this.submit.click();
  }

  /** Saves, and waits until the dialog is gone; what it says after a webhook was created is left at once. */
  async save(): Promise<void> {
    const isNew = (await this.submit.textContent()) === "Create webhook";
    await this.submit.click();
    if (isNew) await this.done.click();
    await this.dialog.waitFor({ state: "detached" });
  }
}
