import type { Locator, Page } from '@playwright/test'

export class SessionListPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  row(name: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByRole('link', { name, exact: true }) })
  }

  async choose(name: string, action: string): Promise<void> {
    await this.page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
    await this.page.getByRole('menuitem', { name: action, exact: true }).click()
  }
}

export interface NewSession {
  readonly kind?: 'Command' | 'Shell line' | 'My shell'
  readonly line?: string
  readonly name?: string
  readonly directory?: string
}

/** The dialog that the key n opens. */
export class StartDialog {
  readonly dialog: Locator
  readonly page: Page

  constructor(page: Page) {
    this.page = page
    this.dialog = page.getByRole('dialog', { name: 'New session' })
  }

  async open(): Promise<void> {
    await this.page.getByRole('button', { name: 'New session' }).click()
  }

  async fill({ kind = 'Command', line, name, directory }: NewSession): Promise<void> {
    await this.dialog.getByRole('radio', { name: kind }).check()
    if (line !== undefined) await this.dialog.getByRole('textbox', { name: kind }).fill(line)
    if (name !== undefined) await this.dialog.getByLabel('Name', { exact: true }).fill(name)
    if (directory !== undefined) await this.dialog.getByLabel('Directory').fill(directory)
  }

  async submit(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Start', exact: true }).click()
  }
}
