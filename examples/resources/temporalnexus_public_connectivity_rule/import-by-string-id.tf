# Import by the id of the rule, or by `public`: an account has one public rule.
import {
  to = temporalnexus_public_connectivity_rule.internet
  id = "public"
}
