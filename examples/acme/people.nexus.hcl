# Users have little access of their own. Most comes from the groups of their teams, so that joining and leaving a
# team is one line.

user "olga" {
  name           = "olga.brandt@acme.example"
  account_access = "owner"
}

user "dmitri" {
  name           = "dmitri.sokolov@acme.example"
  account_access = "read"
}

user "ana" {
  name           = "ana.ferreira@acme.example"
  account_access = "read"
}

user "ben" {
  name           = "ben.okafor@acme.example"
  account_access = "read"
}

user "chiara" {
  name           = "chiara.rossi@acme.example"
  account_access = "read"
}

user "hana" {
  name           = "hana.suzuki@acme.example"
  account_access = "read"
}

user "lars" {
  name           = "lars.nygaard@acme.example"
  account_access = "read"
}

user "mei" {
  name           = "mei.tan@acme.example"
  account_access = "read"
}

user "noor" {
  name           = "noor.haddad@acme.example"
  account_access = "finance_admin"
}

user "petra" {
  name           = "petra.novak@acme.example"
  account_access = "read"

  # Temporary, until the refund tool is rewritten: read access to histories only.
  namespace_access = { payments-prod = "read" }
}

# Global Admins have Namespace Admin everywhere, so no Namespaces are listed here.
group "platform" {
  account_access = "admin"
  members        = [user.dmitri, user.mei]
}

group "payments" {
  account_access = "developer"
  members        = [user.ana, user.ben]

  namespace_access = {
    payments-dev     = "admin"
    payments-staging = "admin"
    payments-prod    = "admin"
  }
}

group "orders" {
  account_access = "developer"
  members        = [user.chiara]

  namespace_access = {
    orders-dev     = "admin"
    orders-staging = "admin"
    orders-prod    = "admin"
  }
}

group "shipping" {
  account_access = "developer"
  members        = [user.lars]

  namespace_access = {
    shipping-dev     = "admin"
    shipping-staging = "admin"
    shipping-prod    = "admin"
  }
}

# Trust owns identity and risk; the Namespaces are separate because their data must be.
group "trust" {
  account_access = "developer"
  members        = [user.hana, user.ben]

  namespace_access = {
    identity-staging = "admin"
    identity-prod    = "admin"
    risk-staging     = "admin"
    risk-prod        = "admin"
  }
}

group "storefront" {
  account_access = "developer"
  members        = [user.chiara, user.hana]

  namespace_access = {
    catalog-staging    = "admin"
    catalog-prod       = "admin"
    storefront-staging = "write"
    storefront-prod    = "write"
  }
}
