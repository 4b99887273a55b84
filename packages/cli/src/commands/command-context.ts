import type { LoadedSettings } from '@slipway/config';

/** What every command gets: the settings in force, read before the command line's own words. */
export interface CommandContext {
  /** Reads them; INVALID_CONFIG is thrown here, so that --help works with a broken file. */
  loaded(): LoadedSettings;
  /** Reads them anew. */
  reload(): LoadedSettings;
}
