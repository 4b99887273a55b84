import { createRequire } from 'node:module';

/** The part of ajv that the schema test uses; NodeNext cannot construct its CommonJS types. */
export interface AjvDraft04 {
  addSchema(schema: object): void;
  compile(
    schema: object,
  ): ((value: unknown) => boolean) & { errors?: { instancePath: string; message?: string }[] | null };
}
type Constructor = new (options: object) => AjvDraft04;

const loaded = createRequire(import.meta.url)('ajv-draft-04') as Constructor & { default?: Constructor };
export const Ajv: Constructor = loaded.default ?? loaded;
