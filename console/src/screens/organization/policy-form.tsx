import { useQuery } from '@tanstack/react-query';
import type { CredentialPolicy } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { readAgain } from '../../parts/draft.ts';
import type { Draft, Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { CheckField, ChecksField, SelectField, TextField } from '../../parts/field.tsx';
import { say } from '../../parts/status.tsx';
import { queryClient } from '../../query-client.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { PolicyPreview } from './policy-preview.tsx';
import { bodyOf, faultsOf, overlaps, overlapText, valuesOf, writeValue } from './policy-values.ts';
import type { PolicyValues } from './policy-values.ts';
import { readPolicy } from './queries.ts';

const words = text.policy;
const environments = (['live', 'staging'] as const).map((value) => ({ value, label: text.environments[value] }));

export function PolicyForm({ versioned }: { versioned: Versioned<CredentialPolicy> }) {
  const { uuid: org } = useOrganization();
  const query = useQuery(readPolicy(org));
  const before = valuesOf(versioned);
  return (
    <EditForm<PolicyValues, CredentialPolicy>
      versioned={before}
      labels={words.fields}
      write={writeValue}
      check={faultsOf}
      send={(changes, { data, etag }) =>
        ask(
          api.PUT('/auth/v2/organizations/{org}/credential-policy/', {
            params: { path: { org }, header: { 'if-match': etag } },
            body: bodyOf({ ...data, ...changes }),
          }),
        )
      }
      read={async () => valuesOf(await readAgain(query))}
      onDone={() => {
        say(words.saved);
        return queryClient.invalidateQueries({ queryKey: ['policy', org] });
      }}
    >
      {(values, set) => (
        <>
          <SecretFields values={values} set={set} />
          <CheckField
            name="second_factor_required"
            label={words.fields.second_factor_required}
            hint={words.hints.second_factor_required}
            isOn={values.second_factor_required}
            onValue={(isOn) => {
              set('second_factor_required', isOn);
            }}
          />
          <PolicyPreview before={before.data} values={values} />
        </>
      )}
    </EditForm>
  );
}

interface FieldsProps {
  values: PolicyValues;
  set: Draft<PolicyValues>['set'];
}

function SecretFields({ values, set }: FieldsProps) {
  const overlap = values.max_overlap_seconds;
  return (
    <>
      <DaysField field="max_secret_lifetime_days" values={values} set={set} />
      <EnvironmentsField field="expiry_required_for" values={values} set={set} />
      <SelectField
        name="max_overlap_seconds"
        label={words.fields.max_overlap_seconds}
        hint={words.hints.max_overlap_seconds}
        value={overlap}
        choices={[...new Set([...overlaps, overlap])].map((value) => ({
          value,
          label: overlapText(value === '' ? null : Number(value)),
        }))}
        onValue={(value) => {
          set('max_overlap_seconds', value);
        }}
      />
      <EnvironmentsField field="allowed_ips_required_for" values={values} set={set} />
      <DaysField field="unused_pause_days" values={values} set={set} />
    </>
  );
}

function DaysField({ field, values, set }: FieldsProps & { field: 'max_secret_lifetime_days' | 'unused_pause_days' }) {
  return (
    <TextField
      name={field}
      label={words.fields[field]}
      hint={words.hints[field]}
      isOptional
      inputMode="numeric"
      autoComplete="off"
      value={values[field]}
      onValue={(value) => {
        set(field, value);
      }}
    />
  );
}

type EnvironmentsName = 'expiry_required_for' | 'allowed_ips_required_for';

function EnvironmentsField({ field, values, set }: FieldsProps & { field: EnvironmentsName }) {
  return (
    <ChecksField
      name={field}
      label={words.fields[field]}
      hint={words.hints[field]}
      values={values[field]}
      choices={environments}
      onValues={(chosen) => {
        // In one order, so that the same choice is the same value.
        set(
          field,
          environments.map(({ value }) => value).filter((value) => chosen.includes(value)),
        );
      }}
    />
  );
}
