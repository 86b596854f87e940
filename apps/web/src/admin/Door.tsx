import type { Settings } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command, query } from '../account/ask.ts'
import { instance, loadInstance } from '../account/instance.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { Checkbox, ChoiceList } from '../kit/ChoiceList.tsx'
import { FormError } from '../kit/FormError.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { TextField } from '../kit/TextField.tsx'
import { showToast } from '../kit/toasts.ts'
import styles from './Admin.module.css'
import { readDomains } from './domains.ts'
import { doorWords } from './door-words.ts'
import { Invitations } from './Invitations.tsx'

/** Who may come in, and the links that let people in. */
export function Door() {
  const me = useObservable(chat.me)
  const [settings, setSettings] = useState<Settings>()
  const [problem, setProblem] = useState<string>()
  const load = async (): Promise<void> => {
    setProblem(undefined)
    try {
      setSettings(await query('get-settings', {}))
    } catch (error) {
      setProblem(troubleWords(error))
    }
  }
  useEffect(() => {
    void load()
    void loadInstance()
  }, [])
  return (
    <div class={styles.page}>
      {settings && (
        <section class={styles.welcome} aria-labelledby="door-now">
          <h2 id="door-now">{me?.role === 'owner' ? 'This server is yours' : 'Who can come in now'}</h2>
          {doorWords(settings).map((words) => (
            <p key={words}>{words}</p>
          ))}
        </section>
      )}
      {problem && (
        <>
          <FormError>{problem}</FormError>
          <div class={styles.end}>
            <Button onClick={() => void load()}>Try again</Button>
          </div>
        </>
      )}
      {settings ? (
        <DoorForm settings={settings} onSaved={setSettings} />
      ) : (
        !problem && <Skeleton shape="block" height="24rem" />
      )}
      <Invitations />
    </div>
  )
}

interface DoorFormProps {
  readonly settings: Settings
  readonly onSaved: (settings: Settings) => void
}

function DoorForm({ settings, onSaved }: DoorFormProps) {
  const [signUp, setSignUp] = useState(settings.signUp)
  const [guests, setGuests] = useState(settings.guests)
  const [domains, setDomains] = useState(settings.emailDomains.join(', '))
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<{ readonly domains?: string; readonly form?: string }>({})
  const save = async (): Promise<void> => {
    const emailDomains = readDomains(domains)
    if (typeof emailDomains === 'string') {
      setProblem({ domains: emailDomains })
      return
    }
    setBusy(true)
    setProblem({})
    try {
      const saved = await command('change-settings', { signUp, guests, emailDomains: [...emailDomains] })
      setDomains(saved.emailDomains.join(', '))
      onSaved(saved)
      void loadInstance()
      showToast('Saved. It holds from now on, for everybody new.', { tone: 'good', key: 'door' })
    } catch (error) {
      setProblem({ form: troubleWords(error) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class={styles.form}
      noValidate
      aria-labelledby="door-title"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void save()
      }}
    >
      <h2 id="door-title">Who may come in</h2>
      <ChoiceList
        label="New accounts"
        value={signUp}
        disabled={isBusy}
        onChange={setSignUp}
        options={[
          { value: 'open', label: 'Open', about: 'Everybody who reaches this server may create an account.' },
          {
            value: 'invitation',
            label: 'By invitation',
            about: 'New people, guests too, need an invitation link that an owner or administrator has made.',
          },
          {
            value: 'provider',
            label: 'By provider',
            about:
              instance.value.providers.length > 0
                ? 'Accounts come only from the sign-in providers of this server.'
                : 'Accounts come only from a sign-in provider. None is set up, so nobody could create one.',
          },
        ]}
      />
      <Checkbox
        label="Guests may enter by a name alone"
        about="They talk as everybody else, and can keep their name later by adding a password. Who is inside already stays."
        checked={guests}
        disabled={isBusy}
        onChange={setGuests}
      />
      <TextField
        label="E-mail domains"
        placeholder="example.org, example.com"
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        readOnly={isBusy}
        value={domains}
        error={problem.domains}
        hint="If any, new accounts need an address there. Typed ones are not checked by a letter: only a provider’s are sure."
        onInput={(value) => {
          setDomains(value)
          setProblem({})
        }}
      />
      {problem.form && <FormError>{problem.form}</FormError>}
      <div class={styles.end}>
        <Button type="submit" variant="primary" busy={isBusy}>
          Save settings
        </Button>
      </div>
    </form>
  )
}
