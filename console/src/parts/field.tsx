import type { ComponentProps, ReactNode } from 'react';
import type { Fault } from '../problem.ts';
import { text } from '../text/index.ts';
import { useFormField } from './form.tsx';
import { Icon } from './icon.tsx';

interface FieldProps {
  /** As in the body of the request, so that its faults come here. */
  name: string;
  label: string;
  hint?: ReactNode;
  isOptional?: boolean;
}

interface TextFieldProps
  extends FieldProps, Omit<ComponentProps<'input'>, 'name' | 'id' | 'className' | 'value' | 'onChange'> {
  value: string;
  onValue: (value: string) => void;
  isCode?: boolean;
}

/** One line of text. */
export function TextField({ name, label, hint, isOptional, value, onValue, isCode, ...rest }: TextFieldProps) {
  const { id, faults } = useFormField(name, label);
  return (
    <Labelled {...{ id, label, hint, isOptional, faults }}>
      <input
        type="text"
        {...rest}
        {...describe(id, hint, faults)}
        id={id}
        name={name}
        className={isCode === true ? 'input code' : 'input'}
        value={value}
        onChange={(event) => {
          onValue(event.target.value);
        }}
      />
    </Labelled>
  );
}

interface TextAreaProps extends FieldProps {
  value: string;
  onValue: (value: string) => void;
  rows?: number;
  isCode?: boolean;
}

/** Several lines; of a list, one entry a line. */
export function TextAreaField({ name, label, hint, isOptional, value, onValue, rows = 3, isCode }: TextAreaProps) {
  const { id, faults } = useFormField(name, label);
  return (
    <Labelled {...{ id, label, hint, isOptional, faults }}>
      <textarea
        {...describe(id, hint, faults)}
        id={id}
        name={name}
        rows={rows}
        className={isCode === true ? 'input code' : 'input'}
        spellCheck={isCode !== true}
        value={value}
        onChange={(event) => {
          onValue(event.target.value);
        }}
      />
    </Labelled>
  );
}

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  hint?: ReactNode;
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  value: Value;
  choices: readonly Choice<Value>[];
  onValue: (value: Value) => void;
}

export function SelectField<Value extends string>({ name, label, hint, ...rest }: SelectFieldProps<Value>) {
  const { isOptional, value, choices, onValue } = rest;
  const { id, faults } = useFormField(name, label);
  return (
    <Labelled {...{ id, label, hint, isOptional, faults }}>
      <select
        {...describe(id, hint, faults)}
        id={id}
        name={name}
        className="input select"
        value={value}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen !== undefined) onValue(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface ChoiceFieldProps<Value extends string> extends FieldProps {
  /** Null while nothing is chosen. */
  value: Value | null;
  choices: readonly Choice<Value>[];
  onValue: (value: Value) => void;
}

/** One of a few, all of them seen. */
export function RadioField<Value extends string>({ name, label, hint, ...rest }: ChoiceFieldProps<Value>) {
  const { id, faults } = useFormField(name, label);
  return (
    <Group {...{ id, label, hint, isOptional: rest.isOptional, faults }}>
      {rest.choices.map((choice) => (
        <OptionRow
          key={choice.value}
          choice={choice}
          type="radio"
          name={id}
          checked={rest.value === choice.value}
          onChange={() => {
            rest.onValue(choice.value);
          }}
        />
      ))}
    </Group>
  );
}

interface ChecksFieldProps<Value extends string> extends FieldProps {
  values: readonly Value[];
  choices: readonly Choice<Value>[];
  onValues: (values: Value[]) => void;
  /** Above the boxes. */
  children?: ReactNode;
}

/** Any number of some. */
export function ChecksField<Value extends string>({ name, label, hint, ...rest }: ChecksFieldProps<Value>) {
  const { values, choices, onValues } = rest;
  const { id, faults } = useFormField(name, label);
  return (
    <Group {...{ id, label, hint, isOptional: rest.isOptional, faults }}>
      {rest.children}
      {choices.map((choice) => (
        <OptionRow
          key={choice.value}
          choice={choice}
          type="checkbox"
          checked={values.includes(choice.value)}
          onChange={(isOn) => {
            onValues(isOn ? [...values, choice.value] : values.filter((value) => value !== choice.value));
          }}
        />
      ))}
    </Group>
  );
}

interface CheckFieldProps extends FieldProps {
  isOn: boolean;
  onValue: (isOn: boolean) => void;
}

/** One box by itself. */
export function CheckField({ name, label, hint, isOn, onValue }: CheckFieldProps) {
  const { id, faults } = useFormField(name, label);
  const choice = { value: name, label, hint };
  return (
    <div className="field">
      <OptionRow id={id} choice={choice} type="checkbox" checked={isOn} onChange={onValue} />
      <FieldFaults id={id} faults={faults} />
    </div>
  );
}

interface OptionRowProps {
  id?: string;
  choice: Choice<string>;
  type: 'radio' | 'checkbox';
  name?: string;
  checked: boolean;
  onChange: (isOn: boolean) => void;
}

function OptionRow({ choice, onChange, ...input }: OptionRowProps) {
  return (
    <label className="option">
      <input
        {...input}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>
        <span className="option-label">{choice.label}</span>
        {choice.hint !== undefined && <span className="hint">{choice.hint}</span>}
      </span>
    </label>
  );
}

interface LabelledProps {
  id: string;
  label: string;
  hint?: ReactNode;
  isOptional?: boolean | undefined;
  faults: Fault[];
  children: ReactNode;
}

function Labelled({ id, label, hint, isOptional, faults, children }: LabelledProps) {
  return (
    <div className={faults.length > 0 ? 'field field-wrong' : 'field'}>
      <label htmlFor={id}>
        {label} {isOptional === true && <span className="hint-inline">{text.optional}</span>}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {children}
      <FieldFaults id={id} faults={faults} />
    </div>
  );
}

function Group({ id, label, hint, isOptional, faults, children }: LabelledProps) {
  return (
    <fieldset id={id} className={faults.length > 0 ? 'field field-wrong' : 'field'} aria-describedby={`${id}-faults`}>
      <legend>
        {label} {isOptional === true && <span className="hint-inline">{text.optional}</span>}
      </legend>
      {hint !== undefined && <p className="hint">{hint}</p>}
      <div className="options">{children}</div>
      <FieldFaults id={id} faults={faults} />
    </fieldset>
  );
}

function FieldFaults({ id, faults }: { id: string; faults: Fault[] }) {
  return (
    <div id={`${id}-faults`} className="field-faults">
      {faults.map(({ index, detail }) => (
        <p key={`${index ?? ''}${detail}`}>
          <Icon name="error" />
          {index === undefined ? sentence(detail) : `${text.form.line(index)} ${detail}.`}
        </p>
      ))}
    </div>
  );
}

function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

function describe(id: string, hint: ReactNode, faults: Fault[]) {
  const places = [hint !== undefined && `${id}-hint`, faults.length > 0 && `${id}-faults`].filter(Boolean);
  return {
    'aria-invalid': faults.length > 0 || undefined,
    ...(places.length > 0 && { 'aria-describedby': places.join(' ') }),
  };
}
