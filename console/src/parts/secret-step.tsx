import { useEffect, useRef, useState } from 'react';
import { useLeaveGuard } from '../leaving.ts';
import { text } from '../text/index.ts';
import type { Environment } from './badge.tsx';
import { EnvironmentBadge } from './badge.tsx';
import { Button } from './button.tsx';
import { CopyText, useCopy } from './copy.tsx';
import { DoneOnceSaved } from './saved.tsx';

/** What was made. It lives in the state of the one part that shows it, and goes with it. */
export interface MadeSecret {
  secret: string;
  clientId: string;
  name: string;
  environment: Environment;
}

type Form = 'secret' | 'env' | 'curl';

const forms: Form[] = ['secret', 'env', 'curl'];
const words = text.secretStep;

/**
 * The second step of a dialog, which must be `isLocked`: the secret, to be copied and confirmed. Nothing but **Done**
 * leads out.
 */
export function SecretStep({ made, onDone }: { made: MadeSecret; onDone: () => void }) {
  useLeaveGuard(words.leaving);
  return (
    <>
      <div className="secret-made">
        <strong className="truncate" title={made.name}>
          {made.name}
        </strong>
        <EnvironmentBadge environment={made.environment} />
        <CopyText value={made.clientId} label={text.clientId} />
      </div>
      <p>{words.once}</p>
      <SecretField made={made} />
      <DoneOnceSaved words={words} onDone={onDone} />
    </>
  );
}

/** The secret as what it is wanted for, selected, with the ways to take it along. */
function SecretField({ made }: { made: MadeSecret }) {
  const [form, setForm] = useState<Form>('secret');
  const field = useRef<HTMLTextAreaElement>(null);
  const { outcome, copy } = useCopy(field);
  const shown = write(form, made);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [form]);
  return (
    <>
      <fieldset className="segments segments-start">
        <legend className="visually-hidden">{words.as}</legend>
        {forms.map((option) => (
          <label key={option}>
            <input
              type="radio"
              name="secret-form"
              checked={form === option}
              onChange={() => {
                setForm(option);
              }}
            />
            {words.forms[option]}
          </label>
        ))}
      </fieldset>
      <textarea
        ref={field}
        className="input code secret-field"
        aria-label={words.fields[form]}
        readOnly
        rows={form === 'secret' ? 2 : 4}
        value={shown}
        autoComplete="off"
        spellCheck={false}
        data-1p-ignore="true"
        data-lpignore="true"
        data-bwignore="true"
        onFocus={(event) => {
          event.target.select();
        }}
      />
      <div className="row">
        <Button kind="primary" icon={outcome === 'copied' ? 'check' : 'copy'} onClick={() => void copy(shown)}>
          {outcome === 'copied' ? text.copied : outcome === 'failed' ? text.pressCtrlC : text.copy}
        </Button>
        <Button
          icon="download"
          onClick={() => {
            download(made);
          }}
        >
          {words.download}
        </Button>
      </div>
    </>
  );
}

function write(form: Form, { secret, clientId }: MadeSecret): string {
  if (form === 'secret') return secret;
  if (form === 'env') return `LATCHKEY_CLIENT_ID=${clientId}\nLATCHKEY_CLIENT_SECRET=${secret}`;
  return `curl ${location.origin}/auth/v2/verify/ \\\n  -H 'x-api-key: ${secret}'`;
}

function download(made: MadeSecret): void {
  const url = URL.createObjectURL(new Blob([`${write('env', made)}\n`], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${
    made.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'client'
  }.env`;
  link.click();
  URL.revokeObjectURL(url);
}
