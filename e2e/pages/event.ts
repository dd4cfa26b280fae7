import type { Locator, Page } from "@playwright/test";

/** The details of an event. */
export class EventPage {
  readonly heading: Locator;
  readonly status: Locator;
  readonly hint: Locator;
  readonly resend: Locator;
  readonly payload: Locator;
  readonly headers: Locator;
  readonly attempts: Locator;
  readonly dialog: Locator;

  constructor(private readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.status = page.locator("main .head .badge");
    this.hint = page.locator("main .note.bad");
    this.resend = page.getByRole("button", { name: /^(Resend|Send now)$/ });
    this.payload = page.getByRole("region", { name: /^Payload( as JSON)?$/ });
    this.headers = page.getByRole("region", { name: "Headers", exact: true });
    this.attempts = page.getByRole("navigation", { name: "Attempts" }).getByRole("button");
    this.dialog = page.getByRole("dialog");
  }

  async open(id: string, rest = ""): Promise<void> {
    await this.page.goto(`/events/${id}${rest}`);
  }

  async showResponses(): Promise<void> {
    await this.page.getByRole("link", { name: /^Responses/ }).click();
  }

  async showRequest(): Promise<void> {
    await this.page.getByRole("link", { name: "Request", exact: true }).click();
  }
}
