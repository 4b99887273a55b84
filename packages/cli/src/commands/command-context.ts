import type { LoadedSettings } from '@slipway/config';

/** The context of every command: the settings in force, read before the command line's own words. */
export interface CommandContext {
  /** Reads them; INVALID_CONFIG is thrown here, so that --help works with a broken file. */
  loaded(): LoadedSettings;
  /** Reads them again. */
  reload(): LoadedSettings;
}
