// What a plugin exports: `export * from "penstock-sdk/exports";` in its entry file.
export * from "./assembly/exports";
