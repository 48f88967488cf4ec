import type { Session } from '@sallyport/contract/session'
import type { JSX } from 'solid-js'
import { stateWords } from './session-words.ts'

export const StateBadge = (props: { session: Session }): JSX.Element => {
  const words = () => stateWords(props.session)
  return (
    <span class="state" data-tone={words().tone}>
      <span class="state-dot" aria-hidden="true" />
      <span class="ellipsis">{words().word}</span>
    </span>
  )
}
