// What `import { … } from "penstock-sdk"` finds.
export * from "./assembly/index";
