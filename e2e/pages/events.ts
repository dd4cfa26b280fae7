import type { Locator, Page } from "@playwright/test";

/** The events list of one webhook. */
export class EventsPage {
  readonly rows: Locator;
  readonly type: Locator;
  readonly search: Locator;
  readonly older: Locator;
  readonly newer: Locator;
  readonly newest: Locator;
  readonly showing: Locator;

  constructor(private readonly page: Page) {
    this.rows = page.getByRole("table").getByRole("row").filter({ has: page.getByRole("cell") });
    this.type = page.getByRole("combobox", { name: "Event type" });
    this.search = page.getByRole("searchbox", { name: "Search by event ID or text" });
    this.older = page.getByRole("link", { name: "Older" });
    this.newer = page.getByRole("link", { name: "Newer" });
    this.showing = page.getByRole("navigation", { name: "Pages" }).locator("> span:not([role=status])");
    this.newest = page.getByRole("link", { name: "Newest" });
  }

  async open(webhook: string, query = ""): Promise<void> {
    await this.page.goto(`/webhooks/${webhook}/events${query}`);
  }

  async only(status: "All" | "Failed" | "Retrying" | "Pending" | "Delivered" | "Cancelled"): Promise<void> {
    await this.page.getByRole("radiogroup", { name: "Status" }).getByText(status, { exact: true }).click();
  }

  /** Opens the details of the newest event. */
  async openFirst(): Promise<void> {
    await this.rows.first().getByRole("link").click();
  }
}
