import { expect, type Locator, type Page } from '@playwright/test'

export interface Size {
  readonly cols: number
  readonly rows: number
}

/** The page of one session, as a person uses it. */
export class SessionPage {
  readonly page: Page
  readonly rows: Locator
  readonly state: Locator
  readonly heading: Locator

  constructor(page: Page) {
    this.page = page
    this.rows = page.locator('.xterm-rows > div')
    this.state = page.locator('.session-head .state')
    this.heading = page.getByRole('heading', { level: 1 })
  }

  /** `session`: id or name. Resolves when the stream is open. */
  async open(session: string): Promise<void> {
    await this.page.goto(`/sessions/${session}`)
    await this.ready()
  }

  async ready(): Promise<void> {
    await expect(this.page.locator('.xterm-screen')).toBeVisible()
    await expect(this.page.getByRole('region', { name: 'Terminal' })).toHaveAttribute('aria-busy', 'false')
  }

  /** What is drawn, row by row, without the blanks at the end. */
  async lines(): Promise<string[]> {
    return this.rows.evaluateAll((rows) =>
      rows.map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ').trimEnd()),
    )
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(async () => (await this.lines()).join('\n')).toMatch(text)
  }

  /** The middle of the cell in which `text` begins, for the mouse. */
  async pointAt(text: string): Promise<{ x: number; y: number }> {
    await this.shows(text)
    const row = (await this.lines()).findIndex((line) => line.includes(text))
    const column = ((await this.lines())[row] ?? '').indexOf(text)
    const screen = await this.page.locator('.xterm-screen').boundingBox()
    const { cols, rows } = await this.size()
    if (!screen) throw new Error('the terminal is not drawn')
    return { x: screen.x + ((column + 0.5) * screen.width) / cols, y: screen.y + ((row + 0.5) * screen.height) / rows }
  }

  async click(text: string): Promise<void> {
    const { x, y } = await this.pointAt(text)
    await this.page.mouse.click(x, y)
  }

  async type(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Terminal input' }).focus()
    await this.page.keyboard.type(text)
  }

  /** Types a line into the shell in the session. */
  async run(line: string): Promise<void> {
    await this.type(line)
    await this.page.keyboard.press('Enter')
  }

  /** The real size, as the head of the page says it. */
  async size(): Promise<Size> {
    const words = await this.page.getByTitle('Columns and rows of the terminal').textContent()
    const [, cols, rows] = /(\d+) × (\d+)/.exec(words ?? '') ?? []
    return { cols: Number(cols), rows: Number(rows) }
  }

  async choose(action: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Actions for / }).click()
    await this.page.getByRole('menuitem', { name: action, exact: true }).click()
  }

  get takeControl(): Locator {
    return this.page.getByRole('button', { name: 'Take control' })
  }
}
