# The connectivity rules of one Namespace, one attachment for each rule.
list "temporalnexus_privatelink_attachment" "shipping" {
  provider = temporalnexus

  config {
    namespace_id = "shipping-prod.a2dd6"
  }
}
