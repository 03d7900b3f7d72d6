import { clock } from '../../format.ts';
import { Section } from '../../parts/section.tsx';
import { useStore } from '../../store.ts';
import type { Store } from '../../store.ts';
import { text } from '../../text/index.ts';
import { theme, themes } from '../../theme.ts';

const words = text.account.display;

/** What this browser keeps: nothing of it reaches the service. */
export function Display() {
  return (
    <Section title={words.title} intro={words.intro}>
      <ul className="settings">
        <li>
          <h3>{words.theme}</h3>
          <Segments
            name="account-theme"
            label={words.theme}
            store={theme}
            options={themes}
            labels={text.header.themes}
          />
        </li>
        <li>
          <div>
            <h3>{words.clock}</h3>
            <p className="hint">{words.clockHint}</p>
          </div>
          <Segments name="account-clock" label={words.clock} store={clock} options={clocks} labels={words.clocks} />
        </li>
      </ul>
    </Section>
  );
}

const clocks = ['local', 'utc'] as const;

interface SegmentsProps<Value extends string> {
  name: string;
  label: string;
  store: Store<Value>;
  options: readonly Value[];
  labels: Record<Value, string>;
}

function Segments<Value extends string>({ name, label, store, options, labels }: SegmentsProps<Value>) {
  const shown = useStore(store);
  return (
    <fieldset className="segments segments-start">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            checked={shown === option}
            onChange={() => {
              store.set(option);
            }}
          />
          {labels[option]}
        </label>
      ))}
    </fieldset>
  );
}
