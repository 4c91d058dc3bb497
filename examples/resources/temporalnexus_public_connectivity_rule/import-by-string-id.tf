# By its id, or as `public`: an account has one.
import {
  to = temporalnexus_public_connectivity_rule.internet
  id = "public"
}
