import "react";

declare module "react" {
  interface CSSProperties {
    /** The colour of a message's mark. */
    "--mark"?: string;
  }
}
