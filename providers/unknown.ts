/**
 * What the engine puts in the place of a value that only the update makes. It is the SDK's `unknownValue`, written once more: to load
 * that would take a second.
 */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
