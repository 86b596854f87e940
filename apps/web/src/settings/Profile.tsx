import { cleanName, LIMITS } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { nameProblem, useSending } from '../account/useSending.ts'
import { chat, useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { TextField } from '../kit/TextField.tsx'
import { showToast } from '../kit/toasts.ts'
import { Suggestion } from '../sign-in/Suggestion.tsx'
import styles from './SettingsDialog.module.css'

/** How others see me. */
export function Profile() {
  const me = useObservable(chat.me)
  const [typed, setName] = useState<string>()
  const { isBusy, problems, suggestion, send, refuse, clear } = useSending(['name'])
  if (!me) return null
  const name = typed ?? me.displayName
  const save = async (): Promise<void> => {
    if (refuse({ name: nameProblem(name) })) return
    const isSaved = await send(async () => {
      if (cleanName(name) !== me.displayName) await command('change-name', { name: cleanName(name) })
      await chat.whoAmI()
    })
    if (!isSaved) return
    setName(undefined)
    showToast('Your name is saved. Others see it at once.', { tone: 'good', key: 'profile' })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void save()
      }}
    >
      <div class={styles.who}>
        <Avatar name={cleanName(name) || me.displayName} seed={me.id} size="xl" />
        <div>
          <strong>
            <bdi>{cleanName(name) || me.displayName}</bdi>
          </strong>
          <p class={styles.faint}>
            <bdi>@{me.handle}</bdi>
            {me.kind === 'guest' ? ' · guest' : ' · The handle stays the same.'}
          </p>
          <p class={styles.faint}>The picture is made of your name.</p>
        </div>
      </div>
      <TextField
        label="Display name"
        autoComplete="nickname"
        spellcheck={false}
        limit={LIMITS.personNameLength}
        readOnly={isBusy}
        value={name}
        error={problems.name}
        onInput={(value) => {
          setName(value)
          clear('name')
        }}
      />
      {suggestion && <Suggestion name={suggestion} onSelect={setName} />}
      {problems.form && <FormError>{problems.form}</FormError>}
      <div class={styles.end}>
        <Button type="submit" variant="primary" busy={isBusy}>
          Save name
        </Button>
      </div>
    </form>
  )
}
