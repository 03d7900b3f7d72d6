import { TextAreaField, TextField } from '../../parts/field.tsx';
import { text } from '../../text/index.ts';

/** What a person types of an application: a list is a text with one entry a line. */
export interface ApplicationValues {
  name: string;
  description: string;
  redirect_uris: string;
  website_url: string;
  terms_url: string;
  privacy_url: string;
}

interface FieldsProps {
  values: ApplicationValues;
  onValue: (field: keyof ApplicationValues, value: string) => void;
}

const words = text.applications.fields;

export function NameField({ values, onValue, hint, autoFocus }: FieldsProps & { hint?: string; autoFocus?: boolean }) {
  return (
    <TextField
      name="name"
      label={words.name}
      {...(hint !== undefined && { hint, isOptional: true })}
      value={values.name}
      autoComplete="off"
      autoFocus={autoFocus}
      onValue={(value) => {
        onValue('name', value);
      }}
    />
  );
}

/** All but the name; none of them has to be there. */
export function FurtherFields({ values, onValue }: FieldsProps) {
  return (
    <>
      <TextAreaField
        name="description"
        label={words.description}
        isOptional
        rows={2}
        value={values.description}
        onValue={(value) => {
          onValue('description', value);
        }}
      />
      <TextAreaField
        name="redirect_uris"
        label={words.redirectUris}
        hint={words.redirectUrisHint}
        isOptional
        isCode
        value={values.redirect_uris}
        onValue={(value) => {
          onValue('redirect_uris', value);
        }}
      />
      {(['website_url', 'terms_url', 'privacy_url'] as const).map((field) => (
        <TextField
          key={field}
          name={field}
          label={words[field]}
          isOptional
          type="url"
          inputMode="url"
          autoComplete="off"
          value={values[field]}
          onValue={(value) => {
            onValue(field, value);
          }}
        />
      ))}
    </>
  );
}
