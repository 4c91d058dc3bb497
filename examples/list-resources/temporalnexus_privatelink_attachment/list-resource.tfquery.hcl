# The connectivity rules of one Namespace, each as an attachment of its own.
list "temporalnexus_privatelink_attachment" "shipping" {
  provider = temporalnexus

  config {
    namespace_id = "shipping-prod.a2dd6"
  }
}
