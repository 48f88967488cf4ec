import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printLine, printMessage } from '../output/print.ts'

export interface OpenOptions {
  readonly print?: boolean
}

/** True when a browser was told to open it; false when there is no program for that. Every local user can read the address: it must hold no secret. */
const openInBrowser = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
    const child = spawn(program, [address], { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })

/** Signs a browser in with a launch ticket: single use, 60 s (SPEC A12). */
export const open = (cli: Cli, ref: string | undefined, options: OpenOptions): Promise<number> =>
  withDaemon(cli, async (client) => {
    const page =
      ref === undefined ? '/sessions' : `/sessions/${(await client.session.get.query({ session: ref })).session.id}`
    const wanted = options.print !== true && cli.environment.hasDisplay
    const { url, file } = await client.auth.createTicket.mutate({ redirectTo: page, asFile: wanted })
    if (file !== null && (await openInBrowser(pathToFileURL(file).href))) {
      await printMessage(cli, `opening ${new URL(url).origin}${page} in your browser`)
      // Browsers in a sandbox of their own (snap, flatpak) may not read the data dir.
      await printMessage(cli, 'if it shows something else, paste the link of: sallyport open --print')
    } else {
      await printLine(cli, url)
      await printMessage(cli, 'this link signs in one browser on this machine, within 60 seconds')
      await printMessage(cli, 'others sign in with a password; what you have: sallyport auth status')
    }
    return EXIT.ok
  })
