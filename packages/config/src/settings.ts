import type { executorKeys, handlerKeys, SettingKeys } from './schema.js';
import type { SettingKey, ValueOf } from './setting-key.js';

type Keys = Readonly<Record<string, SettingKey>>;
type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;
type Below<K extends Keys, Section extends string> = {
  [Path in keyof K as Path extends `${Section}.${infer Rest}` ? Rest : never]: K[Path];
};
/** The nested object of a table of dotted paths. */
type Nested<K extends Keys> = {
  [Name in Head<keyof K & string>]: Name extends keyof K ? ValueOf<K[Name]> : Nested<Below<K, Name>>;
};

/** A handler: schema.ts has the meaning of each key. */
export type HandlerSettings = Nested<typeof handlerKeys>;

/** An executor beside the handler's own, for example of a newer binary. It shares the handler's state. */
export type ExecutorSettings = Nested<typeof executorKeys>;

/** Everything that can be set, after files, environment and flags were merged: schema.ts has the meaning of each key. */
export type Settings = Nested<SettingKeys> & {
  runtime: {
    handlers: Record<string, HandlerSettings>;
    /** Further executors of handlers, by their names. */
    executors: Record<string, ExecutorSettings>;
  };
};

export type NetworkSettings = Settings['network'];
