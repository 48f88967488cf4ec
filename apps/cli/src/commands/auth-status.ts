import type { AuthStatus } from '@sallyport/contract/sign-in'
import type { Cli } from '../cli.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { localTime } from '../output/relative-time.ts'
import { type Column, formatTable } from '../output/table.ts'
import { type Account, authStatusOf } from './account.ts'

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

const columns: readonly Column<Account>[] = [
  { title: 'USER', value: ({ name }) => name },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'PASSWORD', value: ({ hasPassword }) => yesNo(hasPassword) },
  { title: 'SECOND FACTOR', value: ({ hasSecondFactor }) => yesNo(hasSecondFactor) },
  { title: 'RECOVERY CODES', value: ({ recoveryCodesLeft }) => String(recoveryCodesLeft) },
  { title: 'DEVICES', value: ({ signedInDevices }) => String(signedInDevices) },
  { title: 'FAILED', value: ({ failedSignIns }) => String(failedSignIns) },
  {
    title: 'PASSWORD SIGN-IN',
    value: ({ closedUntil }) =>
      closedUntil === null ? 'open' : `closed to unknown devices until ${localTime(closedUntil)}`,
    colour: ({ closedUntil }) => (closedUntil === null ? undefined : '31'),
  },
]

const heading = ({ mode, secondFactorRequired }: AuthStatus): string => {
  if (mode === 'off') return 'sign-in  off: nobody is asked who they are'
  return `sign-in  ${mode}, second factor ${secondFactorRequired ? 'required' : 'optional'}`
}

/** Who may sign in, with what, and who is kept out. */
export const authStatus = async (cli: Cli, options: { readonly json?: boolean }): Promise<number> => {
  const status = await authStatusOf(cli)
  const { mode, users } = status
  if (options.json === true) {
    await printJson(cli, status)
    return EXIT.ok
  }
  await printLine(cli, heading(status))
  if (users.length > 0) {
    const colours = cli.stdout.isTTY === true && !cli.environment.noColor
    await printLine(cli, formatTable(users, columns, { colours, width: undefined }).join('\n'))
  }
  if (mode === 'accounts' && !users.some(({ hasPassword }) => hasPassword)) {
    await printMessage(cli, 'nobody has set a password yet; setup password: sallyport password')
  }
  if (users.some(({ closedUntil }) => closedUntil !== null)) {
    await printMessage(cli, 'open it again with: sallyport auth unlock')
  }
  return EXIT.ok
}
