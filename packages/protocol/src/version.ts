/** The wire's version: the `v` of every event and the `protocol` of `welcome`. */
export const PROTOCOL_VERSION = 1;

/** WebSocket subprotocol that names {@link PROTOCOL_VERSION}; a client that offers none gets version 1. */
export const SUBPROTOCOL = "millrace.v1";

/** Path of the WebSocket endpoint. */
export const WS_PATH = "/api/v1/ws";
