# Service accounts: one pipeline that may change Endpoints, Workers that may not.

# Applies this policy. To manage an Endpoint takes Developer and Namespace Admin on its target. The Namespaces that merely
# call need no permission, but without Read a plan could not tell one that exists from a misspelt one.
service_account "platform-ci" {
  account_access = "developer"

  namespace_access = {
    payments-dev     = "admin"
    payments-staging = "admin"
    payments-prod    = "admin"
    orders-dev       = "admin"
    orders-staging   = "admin"
    orders-prod      = "admin"
    shipping-staging = "admin"
    shipping-prod    = "admin"
    catalog-staging  = "admin"
    catalog-prod     = "admin"
    identity-staging = "admin"
    identity-prod    = "admin"
    risk-staging     = "admin"
    risk-prod        = "admin"

    shipping-dev       = "read"
    storefront-staging = "read"
    storefront-prod    = "read"
    support-prod       = "read"
  }
}

# Plans in pull requests, where a key that can write has no place.
service_account "pull-requests" {
  account_access = "read"
}

service_account "dashboards" {
  account_access = "metrics_read"
}

service_account "orders-worker" {
  namespace_scoped_access = { namespace = namespace.orders-prod, permission = "write" }
}

service_account "payments-worker" {
  namespace_scoped_access = { namespace = namespace.payments-prod, permission = "write" }
}
