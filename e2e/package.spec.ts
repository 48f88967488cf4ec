import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { TestDaemon } from './fixtures/daemon.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const run = promisify(execFile)

test('the packed tarball installs on a clean prefix without install scripts and runs daemon, keeper, CLI and dashboard', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const prefix = await mkdtemp(join(tmpdir(), 'sallyport-prefix-'))
  await run(process.execPath, ['scripts/pack.mjs'], { cwd: root })
  const [tarball] = (await readdir(join(root, 'dist'))).filter((name) => name.endsWith('.tgz'))
  // Scripts are off for everything, our dependencies included: what runs here needs none.
  await run('npm', ['install', '--global', '--ignore-scripts', '--prefix', prefix, join(root, 'dist', tarball ?? '')])

  const installed = join(prefix, 'lib/node_modules/sallyport')
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  expect(manifest.scripts).toBeUndefined()
  expect(JSON.stringify(manifest)).not.toMatch(/catalog:|workspace:/)

  const daemon = await TestDaemon.startInstalled(join(installed, 'bin/sallyport.js'))
  try {
    expect((await daemon.ok('version')).trim()).toContain(manifest.version)
    expect(await daemon.cli('exec', '--', 'sh', '-c', 'echo packed; exit 6')).toMatchObject({
      code: 6,
      stdout: 'packed\r\n',
    })
    await daemon.ok('start', '--name', 'seen', '--', 'sh', '-c', 'echo drawn in the dashboard; read x')
    await page.goto((await daemon.ok('open', '--print')).trim())
    await page.getByRole('link', { name: 'seen' }).click()
    await expect(page.locator('.xterm-rows')).toContainText('drawn in the dashboard')
    await daemon.end('SIGKILL')
    await daemon.start()
    expect(JSON.parse(await daemon.ok('get', 'seen', '--json')).session.state).toBe('running')
  } finally {
    await daemon.dispose()
    await rm(prefix, { recursive: true, force: true })
  }
})
