import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './run.mjs'

/** Debian's Chromium, where playwright.config.ts looks for it first. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium'

/** Programs that the tests use as they are, and the Debian packages that bring them: a browser, a proxy and an authenticator that are not ours. */
const tools = [
  { program: DEBIAN_CHROMIUM, packages: ['chromium', 'fonts-dejavu-core'] },
  { program: '/usr/sbin/nginx', packages: ['nginx-light'] },
  { program: '/usr/bin/oathtool', packages: ['oathtool'] },
]

/** Debian starts a service that it installs; ours is started by the test that needs it, on a port of its own. invoke-rc.d(8): 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d'
const withoutServices = (install) => {
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(POLICY)
  }
}

/** Installs what is missing: Debian's packages as root; otherwise the browser by playwright's own download, and a sentence for the rest. */
export const ensureTestTools = () => {
  const missing = tools.filter(({ program }) => !existsSync(program))
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const packages = missing.flatMap((tool) => tool.packages)
    run('package lists', 'apt-get', ['update', '-qq'], { env })
    withoutServices(() =>
      run(
        `installation of ${packages.join(', ')}`,
        'apt-get',
        ['install', '-y', '-qq', '--no-install-recommends', ...packages],
        { env },
      ),
    )
    return
  }
  if (missing.some(({ program }) => program === DEBIAN_CHROMIUM))
    run('installation of Chromium', join(root, 'node_modules/.bin/playwright'), ['install', 'chromium'])
  const byHand = missing.filter(({ program }) => program !== DEBIAN_CHROMIUM).flatMap(({ packages }) => packages)
  if (byHand.length > 0)
    console.error(`Tests will fail without these Debian packages: apt-get install ${byHand.join(' ')}`)
}
