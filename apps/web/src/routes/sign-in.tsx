import { useSearchParams } from '@solidjs/router'
import { type JSX, onMount } from 'solid-js'
import { readReason, type SignedOutReason } from '../features/auth/why-signed-out.ts'
import { CopyButton } from '../ui/copy-button.tsx'

const headlines: Readonly<Record<SignedOutReason, { title: string; text: string }>> = {
  none: { title: 'Sign in', text: 'This browser is not signed in to the Sallyport daemon.' },
  left: { title: 'You are signed out', text: 'Your sessions go on without this browser.' },
  expired: {
    title: 'Your session has expired',
    text: 'Your terminals go on. Sign in again to return to where you were.',
  },
  revoked: {
    title: 'This browser was signed out',
    text: 'Its access was revoked from somewhere else. Your terminals go on.',
  },
}

export const SignInPage = (): JSX.Element => {
  const [search] = useSearchParams()
  const words = () => headlines[readReason(search.reason)]
  let heading!: HTMLHeadingElement
  onMount(() => heading.focus())
  document.title = 'Sign in · Sallyport'
  return (
    <main class="notice-page">
      <div class="notice-card">
        <h1 ref={heading} tabindex="-1">
          {words().title}
        </h1>
        <p class="muted">{words().text}</p>
        <p>In a terminal on the machine where the daemon runs:</p>
        <CommandLine command="sallyport open" />
        <p class="hint">
          It opens this page, signed in. Each link works once and for one minute. Over <code>ssh -L</code>, use{' '}
          <code>sallyport open --print</code> and paste the link here.
        </p>
      </div>
    </main>
  )
}

const CommandLine = (props: { command: string }): JSX.Element => (
  <div class="command-line">
    <code>
      <span class="prompt" aria-hidden="true">
        ${' '}
      </span>
      {props.command}
    </code>
    <CopyButton text={props.command} label={`Copy the command ${props.command}`} />
  </div>
)
