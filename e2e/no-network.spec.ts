import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'

const sallyport = join(dirname(dirname(fileURLToPath(import.meta.url))), 'apps/cli/bin/sallyport.js')
const run = promisify(execFile)

/** Brings up loopback, which is down in a new network namespace (ioctl SIOCSIFFLAGS of netdevice(7); `ip` is not everywhere). */
const loopbackUp = `
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack('16sh14s', b'lo', 0x1 | 0x40, b''))
`

/** What the daemon and the CLI do in a day; then how often the kernel had no route for something they sent (RFC 4293, ipSystemStatsOutNoRoutes). */
const story = `
set -eu
python3 -c "$LOOPBACK_UP"
"$NODE" "$SALLYPORT" daemon --detach --port 0 >/dev/null
"$NODE" "$SALLYPORT" exec -- echo "works alone"
"$NODE" "$SALLYPORT" start --name s -- sh -c 'read x' 2>/dev/null >/dev/null
"$NODE" "$SALLYPORT" list >/dev/null
"$NODE" "$SALLYPORT" open --print >/dev/null 2>&1
"$NODE" "$SALLYPORT" audit >/dev/null
python3 - "$("$NODE" "$SALLYPORT" daemon status --json)" <<'PY'
import json, sys, urllib.request
url = json.loads(sys.argv[1])['url']
for path in ('/sign-in', '/healthz', '/readyz'):
    print(path, urllib.request.urlopen(url + path).status)
PY
"$NODE" "$SALLYPORT" daemon stop --all >/dev/null 2>&1
awk '/^Ip:/ { if (!n) { for (i = 2; i <= NF; i++) if ($i == "OutNoRoutes") n = i } else print "unroutable v4", $n }' /proc/net/snmp
awk '$1 == "Ip6OutNoRoutes" { print "unroutable v6", $2 }' /proc/net/snmp6
`

test('nothing leaves the machine: with loopback as the only network all works, and nothing else is even tried', async () => {
  test.skip(process.getuid?.() !== 0, 'a network namespace of its own needs root')
  const home = await mkdtemp(join(tmpdir(), 'sallyport-alone-'))
  try {
    await writeFile(join(home, 'story.sh'), story)
    const { stdout } = await run('unshare', ['--net', 'sh', join(home, 'story.sh')], {
      env: {
        ...process.env,
        NODE: process.execPath,
        SALLYPORT: sallyport,
        LOOPBACK_UP: loopbackUp,
        SALLYPORT_DATA_DIR: join(home, 'data'),
        SALLYPORT_CONFIG_DIR: join(home, 'config'),
      },
    })
    expect(stdout.replaceAll('\r', '').trim().split('\n')).toEqual([
      'works alone',
      '/sign-in 200',
      '/healthz 200',
      '/readyz 200',
      'unroutable v4 0',
      'unroutable v6 0',
    ])
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
