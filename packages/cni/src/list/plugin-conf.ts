/** A JSON object as a configuration file or a plugin wrote it; fields this package does not know are kept. */
export type JsonObject = Record<string, unknown>;

/** A plugin's configuration inside a list, exactly as written. `type` names the binary. */
export interface PluginConf extends JsonObject {
  type: string;
  capabilities?: Record<string, boolean>;
}
