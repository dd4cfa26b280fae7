import type { Locator, Page } from "@playwright/test";

/** The webhooks list. */
export class WebhooksPage {
  readonly heading: Locator;
  readonly search: Locator;
  readonly new: Locator;
  readonly rows: Locator;
  readonly dialog: Locator;

  constructor(private readonly page: Page) {
    this.heading = page.getByRole("heading", { name: "Webhooks", level: 1 });
    this.search = page.getByRole("searchbox", { name: "Filter by URL" });
    this.new = page.getByRole("link", { name: "New webhook" }).first();
    this.rows = page.getByRole("table").getByRole("row").filter({ has: page.getByRole("cell") });
    this.dialog = page.getByRole("dialog");
  }

  async open(): Promise<void> {
    await this.page.goto("/webhooks");
  }

  row(url: string): Locator {
    return this.rows.filter({ hasText: url });
  }

  viewEvents(url: string): Locator {
    return this.row(url).getByRole("link", { name: `View events of ${url}` });
  }

  edit(url: string): Locator {
    return this.row(url).getByRole("link", { name: `Edit ${url}` });
  }

  /** Opens the row's menu. */
  async openMenu(url: string): Promise<Locator> {
    await this.row(url).getByRole("button", { name: `More actions for ${url}` }).click();
    return this.page.getByRole("menu", { name: `More actions for ${url}` });
  }

  delete(url: string): Locator {
    return this.row(url).getByRole("button", { name: `Delete ${url}` });
  }
}
