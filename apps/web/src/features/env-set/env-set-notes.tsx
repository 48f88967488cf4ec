import { type JSX, Match, Show, Switch } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { asSentence } from '../../lib/error-sentence.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { Icon } from '../../ui/icon.tsx'
import { lockedWords } from './env-set-words.ts'
import { useEnvSets } from './env-sets.ts'

/** Above the sets: why they cannot be changed here, and what was asked for in vain. */
export const EnvSetNotes = (): JSX.Element => {
  const daemon = useDaemon()
  const envSets = useEnvSets()
  /** What is shown was true a while ago, but could not be asked for again. */
  const stale = (): string | undefined =>
    (envSets.list.value() && envSets.list.failure()) ?? envSets.status.failure() ?? undefined
  return (
    <>
      <Show when={stale()}>
        {(sentence) => (
          <div class="env-set-note" data-tone="bad" role="alert">
            <p>{sentence()}</p>
            <button type="button" class="button" onClick={() => envSets.refresh()}>
              Try again
            </button>
          </div>
        )}
      </Show>
      <div role="status">
        <Show when={envSets.locked()}>{(status) => <LockedNote status={status()} />}</Show>
      </div>
      <Switch>
        <Match when={daemon.isOpen()}>
          <div class="env-set-note">
            <Icon name="eye" />
            <div class="env-set-note-text">
              <p>Sign-in is off, so env sets can be changed by the sallyport command only.</p>
              <CommandLine command="sallyport env-set --help" />
            </div>
          </div>
        </Match>
        <Match when={daemon.user() && !daemon.mayOperate()}>
          <div class="env-set-note">
            <Icon name="eye" />
            <p>You may see the names of env sets and variables. To change them takes the role operator.</p>
          </div>
        </Match>
      </Switch>
    </>
  )
}

type Locked = NonNullable<ReturnType<ReturnType<typeof useEnvSets>['locked']>>

/** E2: only what needs the master key waits for it. */
const LockedNote = (props: { status: Locked }): JSX.Element => {
  const words = () => lockedWords(props.status)
  return (
    <div class="env-set-note" data-tone="warn">
      <Icon name="lock" />
      <div class="env-set-note-text">
        <h2>{words().title}</h2>
        <p>{asSentence(props.status.message)}</p>
        <Show when={words().command}>
          {(command) => (
            <>
              <p>In a terminal on the machine where the daemon runs:</p>
              <CommandLine command={command()} />
            </>
          )}
        </Show>
        <p class="muted">
          Until then no session can start with an env set, and no value can be set. Sessions that run, and all the rest,
          go on.
        </p>
      </div>
    </div>
  )
}
