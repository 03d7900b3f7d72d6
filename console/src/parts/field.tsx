import type { ComponentProps, ReactNode } from 'react';
import { useFormField } from './form.tsx';
import { describe, FieldFaults, Group, Labelled } from './labelled.tsx';

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
export function TextField({
  name,
  label,
  hint,
  isOptional,
  value,
  onValue,
  isCode,
  autoFocus,
  ...rest
}: TextFieldProps) {
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
        autoFocus={autoFocus}
        data-autofocus={autoFocus === true || undefined}
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
  autoFocus?: boolean;
}

/** Several lines; of a list, one entry a line. */
export function TextAreaField({ name, label, hint, isOptional, value, onValue, ...rest }: TextAreaProps) {
  const { rows = 3, isCode, autoFocus } = rest;
  const { id, faults } = useFormField(name, label);
  return (
    <Labelled {...{ id, label, hint, isOptional, faults }}>
      <textarea
        {...describe(id, hint, faults)}
        id={id}
        name={name}
        rows={rows}
        autoFocus={autoFocus}
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
  /** Side by side. */
  isCards?: boolean;
}

/** One of a few, all of them seen. */
export function RadioField<Value extends string>({ name, label, hint, ...rest }: ChoiceFieldProps<Value>) {
  const { id, faults } = useFormField(name, label);
  return (
    <Group {...{ id, label, hint, isOptional: rest.isOptional, isCards: rest.isCards, faults }}>
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
