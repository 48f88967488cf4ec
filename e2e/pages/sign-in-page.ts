import { expect, type Locator, type Page } from '@playwright/test'

/** The ways in, as a person walks them. */
export class SignInPage {
  readonly page: Page
  readonly password: Locator
  readonly code: Locator

  constructor(page: Page) {
    this.page = page
    this.password = page.getByRole('textbox', { name: /password$/i })
    this.code = page.getByLabel('Code from your authenticator app')
  }

  async typePassword(password: string, button = 'Sign in'): Promise<void> {
    await this.password.fill(password)
    await this.page.getByRole('button', { name: button, exact: true }).click()
  }

  async useRecoveryCode(code: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Use a recovery code' }).click()
    await this.page.getByLabel('Recovery code').fill(code)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async isSignedIn(): Promise<void> {
    await expect(this.page.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()
  }
}

/** The first run, from the setup password to the dashboard. */
export class OnboardingPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async choosePassword(password: string, user?: string): Promise<void> {
    await expect(this.page.getByRole('heading', { name: 'Choose your name and password' })).toBeVisible()
    if (user !== undefined) await this.page.getByLabel('Your name').fill(user)
    await this.page.getByLabel('Your own password').fill(password)
    await this.page.getByRole('button', { name: 'Continue' }).click()
  }

  /** Base 32, as it stands there for people without a camera. */
  async secret(): Promise<string> {
    await expect(this.page.getByRole('heading', { name: 'Add an authenticator app' })).toBeVisible()
    const shown = await this.page
      .getByRole('code')
      .filter({ hasText: /^[A-Z2-7 ]{32,}$/ })
      .textContent()
    return (shown ?? '').replaceAll(' ', '')
  }

  async confirm(code: string): Promise<void> {
    await this.page.getByLabel('The six digits that the app shows now').fill(code)
  }

  async recoveryCodes(): Promise<string[]> {
    await expect(this.page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible()
    return this.page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allTextContents()
  }

  async saved(): Promise<void> {
    await this.page.getByLabel(/I have saved these codes/).check()
    await this.page.getByRole('button', { name: 'Open the dashboard' }).click()
  }
}
