import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './run.mjs'

/** Debian's Chromium, where playwright.config.ts looks for it first. */
export const DEBIAN_CHROMIUM = '/usr/bin/chromium'

/** Installs a browser when there is none: Debian's package as root, otherwise playwright's own download. */
export const ensureChromium = () => {
  if (existsSync(DEBIAN_CHROMIUM)) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('package lists', 'apt-get', ['update', '-qq'], { env })
    run(
      'installation of Chromium',
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
      { env },
    )
    return
  }
  run('installation of Chromium', join(root, 'node_modules/.bin/playwright'), ['install', 'chromium'])
}
